//! The world: what happens when, and who is told.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;

use jci_coord::{AttemptEnd, Progress, Settings, Store};
use tokio::runtime::Runtime;

use super::chance::Chance;
use super::clock::{SECOND, Time, TrueTime, Wall};
use super::container::Container;
use super::faults::{Fault, Faults};
use super::forge::{Forge, Letter};
use super::invariants::{Ledger, Rule, Violation};
use super::mutations::Mutation;
use super::people::People;
use super::plan::Plan;
use super::runner::Runner;
use super::server::{CallId, Op, Said, Server, settings};
use super::store::{Hub, WatchedStore, Write};
use super::tasks::Tasks;
use super::words;

/// What happens at some time.
#[derive(Debug)]
pub(super) enum Event {
    /// A call reaches its server.
    Arrive(CallId, usize, Op),
    /// An answer reaches its caller.
    Answer(CallId, Said),
    /// A caller waits no longer.
    GiveUp(CallId),
    ExpireTick(usize, u64),
    SendTick(usize, u64),
    /// A runner asks for work.
    Ask(usize, u64),
    /// A runner renews.
    Beat(usize, u64),
    /// A runner looks for attempts that it must stop for want of contact.
    Alarm(usize, u64),
    /// A runner tries again to say how things stand with an attempt.
    Report(usize, u64, jci_coord::AttemptId),
    /// A container begins, is at its end, or is gone after it was stopped.
    Begin(usize, u64, jci_coord::AttemptId),
    Done(usize),
    Gone(usize),
    /// Runs on the forge are looked for.
    Look(jci_coord::JobId, jci_coord::Outcome),
    /// A status reaches the forge, and its answer the server.
    Letter(Letter),
    Echo(usize, u64, Box<jci_coord::Status>, Option<jci_coord::Retry>),
    /// Somebody does what the plan says.
    Person(usize),
    /// A webhook is sent, for the first time or once more.
    Webhook(usize),
    Fault(Fault),
    FaultEnds(Fault),
    /// From now on nothing fails.
    Peace,
    /// Looks whether everything has come to its end.
    Check,
}

/// Who calls a server.
#[derive(Debug, Clone, Copy)]
pub(super) enum Client {
    Webhook(usize),
    Person,
    Runner(usize, u64),
    /// A container of this runner.
    Container(usize),
    Server(usize, u64),
    /// Who looks for runs on the forge.
    Finder,
}

/// A call whose answer is awaited.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) from: Client,
    pub(super) op: Op,
    pub(super) sent: Time,
}

/// Something in the queue of what happens, in the order of time.
struct Upcoming(Time, u64, Event);

impl PartialEq for Upcoming {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1
    }
}

impl Eq for Upcoming {}

impl PartialOrd for Upcoming {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Upcoming {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// Everything there is in a simulation.
pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) truth: TrueTime,
    pub(super) settings: Settings,
    pub(super) store: Arc<dyn Store>,
    /// The store below, where nothing fails.
    pub(super) below: Arc<dyn Store>,
    pub(super) hub: Arc<Hub>,
    pub(super) tasks: Tasks,
    pub(super) servers: Vec<Server>,
    pub(super) runners: Vec<Runner>,
    pub(super) containers: Vec<Container>,
    pub(super) forge: Forge,
    pub(super) people: People,
    pub(super) faults: Faults,
    pub(super) ledger: Ledger,
    pub(super) plan: Plan,
    pub(super) violation: Option<Violation>,
    calls: BTreeMap<CallId, Call>,
    last_call: CallId,
    queue: BinaryHeap<Reverse<Upcoming>>,
    last_event: u64,
    is_over: bool,
    tally: BTreeMap<&'static str, u64>,
    tale: Option<VecDeque<String>>,
}

/// What a simulation has shown.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) violation: Option<Violation>,
    /// How often what happened.
    pub(super) tally: BTreeMap<&'static str, u64>,
    /// The last that happened, if it was to be told.
    pub(super) tale: Vec<String>,
}

/// What a simulation is made on.
pub(super) struct Ground {
    pub(super) store: Arc<dyn Store>,
    /// What a store in a database runs on.
    pub(super) database: Option<Arc<Runtime>>,
    pub(super) mutation: Option<Mutation>,
    pub(super) is_told: bool,
}

/// So much is told of what came before a violation.
const TALE: usize = 60;
/// A caller waits so long for an answer.
const PATIENCE: Time = 10 * SECOND;

/// Lets everything in a plan happen.
pub(super) fn run(plan: &Plan, ground: Ground) -> Report {
    let mut world = World::new(plan, ground);
    world.begin();
    while world.violation.is_none() && !world.is_over {
        world.step();
    }
    let tale = world.tale.take().unwrap_or_default();
    Report { violation: world.violation, tally: world.tally, tale: tale.into() }
}

impl World {
    fn new(plan: &Plan, ground: Ground) -> Self {
        let mut chance = Chance::new(plan.seed ^ 0x5eed);
        let stops_within = ground.database.is_none();
        let hub = Arc::new(Hub::new(chance.fork(), stops_within, ground.mutation));
        let below = Arc::clone(&ground.store);
        let store = Arc::new(WatchedStore { inner: ground.store, hub: Arc::clone(&hub) });
        let server = || Server { coordinator: None, boot: 0, wall: Wall::default() };
        let settings = settings(plan.max_jobs);
        Self {
            truth: TrueTime::default(),
            ledger: Ledger::new(&settings, plan),
            settings,
            store,
            below,
            hub,
            tasks: Tasks::new(ground.database),
            servers: (0..plan.servers).map(|_| server()).collect(),
            runners: plan.runners.iter().enumerate().map(|it| Runner::new(it.0, it.1)).collect(),
            containers: Vec::new(),
            forge: Forge::new(plan.gone.clone()),
            people: People::new(plan.pushes.len()),
            faults: Faults::new(plan),
            plan: plan.clone(),
            violation: None,
            calls: BTreeMap::new(),
            last_call: 0,
            queue: BinaryHeap::new(),
            last_event: 0,
            is_over: false,
            tally: BTreeMap::new(),
            tale: ground.is_told.then(VecDeque::new),
            chance,
        }
    }

    fn begin(&mut self) {
        (0..self.servers.len()).for_each(|index| self.start_server(index));
        (0..self.runners.len()).for_each(|index| self.start_runner(index));
        for index in 0..self.plan.pushes.len() {
            self.at(self.plan.pushes[index].time, Event::Webhook(index));
        }
        for index in 0..self.plan.wishes.len() {
            self.at(self.plan.wishes[index].time, Event::Person(index));
        }
        for (time, fault) in self.plan.faults.clone() {
            self.at(time, Event::Fault(fault));
        }
        self.at(self.plan.peace, Event::Peace);
    }

    /// Lets a server go on, or the next thing happen.
    fn step(&mut self) {
        let is_slow = self.faults.are_on() && self.chance.says(30);
        match self.tasks.pick(&mut self.chance) {
            Some(task) if !is_slow => self.go_on(task),
            _ => {
                if let Some(Reverse(Upcoming(time, _, event))) = self.queue.pop() {
                    self.truth.set(time);
                    self.happen(event);
                }
            }
        }
    }

    /// Lets a server take a step in what it is doing, and looks at what it has written.
    fn go_on(&mut self, index: usize) {
        let server = self.tasks.get(index).server;
        let done = self.tasks.step(index, &self.hub);
        for commit in self.hub.take_commits() {
            let task = done.as_ref().map_or_else(|| self.tasks.get(index), |done| &done.0);
            let op = task.op.clone();
            self.say(|| {
                let (op, writes) = (words::op(&op), words::writes(&commit));
                format!("server {server}, asked to {op}, commits: {writes}")
            });
            self.count(&commit);
            if let Err(Violation { rule, what }) = self.ledger.commit(&op, &commit, self.now()) {
                self.violate(rule, what);
            }
        }
        if let Some((task, said)) = done {
            self.reply(task.call, task.server, said);
        } else if self.faults.strikes(&mut self.chance) {
            self.kill_server(server, "in the middle of something");
            self.after(5 * SECOND, Event::FaultEnds(Fault::ServerDies(server, 0)));
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(call, server, op) => self.arrive(call, server, op),
            Event::Answer(call, said) => self.hear(call, Some(said)),
            Event::GiveUp(call) => self.hear(call, None),
            Event::ExpireTick(server, boot) => self.expire_tick(server, boot),
            Event::SendTick(server, boot) => self.send_tick(server, boot),
            Event::Ask(runner, boot) => self.ask(runner, boot),
            Event::Beat(runner, boot) => self.beat(runner, boot),
            Event::Alarm(runner, boot) => self.alarm(runner, boot),
            Event::Report(runner, boot, attempt) => self.report(runner, boot, &attempt),
            Event::Begin(runner, boot, attempt) => self.begin_container(runner, boot, &attempt),
            Event::Done(container) => self.container_done(container),
            Event::Gone(container) => self.container_gone(container),
            Event::Look(job, outcome) => self.look_for_run(&job, outcome),
            Event::Letter(letter) => self.deliver(letter),
            Event::Echo(server, boot, taken, failure) => self.echo(server, boot, taken, failure),
            Event::Person(index) => self.wish(index),
            Event::Webhook(index) => self.webhook(index),
            Event::Fault(fault) => self.fault(fault),
            Event::FaultEnds(fault) => self.fault_ends(fault),
            Event::Peace => self.peace(),
            Event::Check => self.check(),
        }
    }

    pub(super) fn now(&self) -> Time {
        self.truth.get()
    }

    pub(super) fn at(&mut self, time: Time, event: Event) {
        self.last_event += 1;
        self.queue.push(Reverse(Upcoming(time, self.last_event, event)));
    }

    pub(super) fn after(&mut self, wait: Time, event: Event) {
        self.at(self.now() + wait, event);
    }

    /// Tells, if anybody listens, what happens.
    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        let now = self.now();
        if let Some(tale) = &mut self.tale {
            if tale.len() == TALE {
                tale.pop_front();
            }
            tale.push_back(format!("{:>10}  {}", words::seconds(now), what()));
        }
    }

    /// Counts what happens, to show that it does.
    pub(super) fn tally(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// Counts what was committed.
    fn count(&mut self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::Attempt(attempt) => match &attempt.end {
                    Some(AttemptEnd::LeaseLost) => self.tally("a lease was lost"),
                    Some(AttemptEnd::OverTime) => self.tally("an attempt took too long"),
                    Some(AttemptEnd::Cancelled) => self.tally("a job was cancelled by force"),
                    Some(AttemptEnd::Reported { .. }) => self.tally("an attempt was reported"),
                    None => {}
                },
                Write::NewAttempt(attempt) if attempt.id.number.get() > 1 => {
                    self.tally("a job was tried again");
                }
                Write::Status(status) if status.progress == Progress::GivenUp => {
                    self.tally("a status was given up");
                }
                Write::Status(status) if status.claimed && status.claims > 1 => {
                    self.tally("a status was sent again");
                }
                _ => {}
            }
        }
    }

    pub(super) fn violate(&mut self, rule: Rule, what: String) {
        self.say(|| format!("VIOLATION of {rule:?}: {what}"));
        self.violation.get_or_insert(Violation { rule, what });
    }

    pub(super) fn end(&mut self) {
        self.is_over = true;
    }

    pub(super) fn note_call(&mut self, from: Client, op: &Op) -> CallId {
        self.last_call += 1;
        let call = Call { from, op: op.clone(), sent: self.now() };
        self.calls.insert(self.last_call, call);
        self.last_call
    }

    /// Sends a call through the network to some server.
    pub(super) fn call(&mut self, from: Client, op: Op) {
        let server = self.chance.place(self.servers.len());
        let id = self.note_call(from, &op);
        self.after(PATIENCE, Event::GiveUp(id));
        let way = self.faults.way(&mut self.chance, &from, server);
        if let Some(late) = way.twice {
            self.after(late, Event::Arrive(id, server, op.clone()));
        }
        match way.takes {
            Some(time) => self.after(time, Event::Arrive(id, server, op)),
            None => {
                self.say(|| {
                    let (from, op) = (words::client(&from), words::op(&op));
                    format!("lost: {from} to server {server}: {op}")
                });
            }
        }
    }

    fn arrive(&mut self, call: CallId, server: usize, op: Op) {
        if !self.calls.contains_key(&call) {
            self.tally("a message came late or twice");
        }
        if !self.perform(call, server, op) {
            self.after(1, Event::Answer(call, Said::Failed));
        }
    }

    /// Sends an answer back to its caller.
    fn reply(&mut self, id: CallId, server: usize, said: Said) {
        let Some(from) = self.calls.get(&id).map(|call| call.from) else { return };
        if matches!(from, Client::Server(..)) {
            return self.hear(id, Some(said));
        }
        match self.faults.way(&mut self.chance, &from, server).takes {
            Some(time) => self.after(time, Event::Answer(id, said)),
            None => {
                self.tally("an answer was lost");
                self.say(|| {
                    let (from, said) = (words::client(&from), words::said(&said));
                    format!("lost: the answer of server {server} to {from}: {said}")
                });
            }
        }
    }

    /// Lets a caller hear an answer, or that there is none; only the first word counts.
    fn hear(&mut self, id: CallId, said: Option<Said>) {
        let Some(call) = self.calls.remove(&id) else { return };
        let said = said.unwrap_or(Said::Failed);
        match call.from {
            Client::Webhook(index) => self.webhook_heard(index, said),
            Client::Person => self.person_heard(&call.op, said),
            Client::Runner(runner, boot) => self.runner_heard(runner, boot, &call, said),
            Client::Server(server, boot) => self.server_heard(server, boot, said),
            Client::Container(_) => {}
            Client::Finder => self.finder_heard(call.op, &said),
        }
    }
}
