//! What goes wrong: programs and hosts that die, messages that are lost, late or come twice, clocks
//! that jump, a disk that is full, a forge that is out.

use super::chance::Chance;
use super::clock::{HOUR, SECOND, Time};
use super::plan::Plan;
use super::world::{Client, Event, World};

/// Something that goes wrong, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    ServerDies(usize, Time),
    /// The program of a runner dies and is started again; its containers go on.
    RunnerDies(usize, Time),
    /// The machine of a runner dies, and its containers with it.
    HostDies(usize, Time),
    /// A runner and its containers reach nobody.
    RunnerCut(usize, Time),
    /// A server is reached by nobody, but reaches store and forge.
    ServerCut(usize, Time),
    ForgeOut(Time),
    /// The time of day of a server becomes another, by an hour.
    Jump(usize, bool),
    /// So many of a thousand steps of the store fail, as with a full disk.
    Trouble(u64, Time),
    /// So many of 100,000 steps of servers are their last.
    Strikes(u64, Time),
}

impl Fault {
    /// Tells how long it lasts; a clock that has jumped stays where it is.
    fn lasts(self) -> Option<Time> {
        match self {
            Self::ServerDies(_, lasts)
            | Self::RunnerDies(_, lasts)
            | Self::HostDies(_, lasts)
            | Self::RunnerCut(_, lasts)
            | Self::ServerCut(_, lasts)
            | Self::ForgeOut(lasts)
            | Self::Trouble(_, lasts)
            | Self::Strikes(_, lasts) => Some(lasts),
            Self::Jump(..) => None,
        }
    }
}

/// A runner that dies is started again within this time, or its host is gone too. It is what is
/// left of a lease, by the fastest clock of a server, after a runner without contact has had its
/// patience and the time to stop a container.
const RUNNER_IS_BACK: Time = 6 * SECOND;

pub(super) fn random_fault(chance: &mut Chance, servers: usize, runners: usize) -> Fault {
    let server = chance.place(servers);
    let runner = chance.place(runners);
    let long = chance.within(SECOND..=70 * SECOND);
    match chance.place(10) {
        0 => Fault::ServerDies(server, long),
        1 => Fault::RunnerDies(runner, chance.within(1..=RUNNER_IS_BACK)),
        2 => Fault::HostDies(runner, long),
        3 | 4 => Fault::RunnerCut(runner, long + 20 * SECOND),
        5 => Fault::ServerCut(server, long),
        6 => Fault::ForgeOut(2 * long),
        7 => Fault::Jump(server, chance.says(500)),
        8 => Fault::Trouble(chance.within(1..=300), long),
        _ => Fault::Strikes(chance.within(1..=2000), long),
    }
}

/// What is wrong just now.
pub(super) struct Faults {
    is_peace: bool,
    loss: u64,
    runners_cut: Vec<u32>,
    servers_cut: Vec<u32>,
    pub(super) forge_is_out: u32,
    strikes: u64,
}

/// The way of a message.
pub(super) struct Way {
    /// How long it takes; `None` if it never comes.
    pub(super) takes: Option<Time>,
    /// If it comes twice: how late the second one is.
    pub(super) twice: Option<Time>,
}

impl Faults {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            is_peace: false,
            loss: plan.loss,
            runners_cut: vec![0; plan.runners.len()],
            servers_cut: vec![0; plan.servers],
            forge_is_out: 0,
            strikes: 0,
        }
    }

    /// Tells whether anything may go wrong at all.
    pub(super) fn are_on(&self) -> bool {
        !self.is_peace
    }

    /// Tells whether a server dies at the step it has just taken.
    pub(super) fn strikes(&self, chance: &mut Chance) -> bool {
        self.strikes > 0 && chance.within(0..=99_999) < self.strikes
    }

    /// Tells how a message gets from a caller to a server, or back.
    pub(super) fn way(&self, chance: &mut Chance, from: &Client, server: usize) -> Way {
        if self.is_peace {
            return Way { takes: Some(chance.within(1..=50)), twice: None };
        }
        let is_cut = match from {
            Client::Runner(runner, _) | Client::Container(runner) => self.runners_cut[*runner] > 0,
            Client::Webhook(_) | Client::Person | Client::Server(..) | Client::Finder => false,
        };
        if is_cut || self.servers_cut[server] > 0 || chance.says(self.loss) {
            return Way { takes: None, twice: None };
        }
        let slow = if chance.says(50) { 12 * SECOND } else { 50 };
        let twice = chance.says(self.loss / 4).then(|| chance.within(1..=40 * SECOND));
        Way { takes: Some(chance.within(1..=slow)), twice }
    }
}

impl World {
    pub(super) fn fault(&mut self, fault: Fault) {
        self.say(|| format!("fault: {fault:?}"));
        match fault {
            Fault::ServerDies(server, _) => self.kill_server(server, "by a signal"),
            Fault::RunnerDies(runner, _) => self.kill_runner(runner),
            Fault::HostDies(runner, _) => self.kill_host(runner),
            Fault::RunnerCut(runner, _) => self.faults.runners_cut[runner] += 1,
            Fault::ServerCut(server, _) => self.faults.servers_cut[server] += 1,
            Fault::ForgeOut(_) => self.faults.forge_is_out += 1,
            Fault::Jump(server, is_forward) => {
                let hour = i64::try_from(HOUR).unwrap();
                self.servers[server].wall.jump(if is_forward { hour } else { -hour });
            }
            Fault::Trouble(in_a_thousand, _) => self.hub.set_trouble(in_a_thousand),
            Fault::Strikes(in_100_000, _) => self.faults.strikes = in_100_000,
        }
        if let Some(lasts) = fault.lasts() {
            self.after(lasts, Event::FaultEnds(fault));
        }
    }

    pub(super) fn fault_ends(&mut self, fault: Fault) {
        if self.faults.is_peace {
            return;
        }
        self.say(|| format!("it is over: {fault:?}"));
        match fault {
            Fault::ServerDies(server, _) => self.revive_server(server),
            Fault::RunnerDies(runner, _) | Fault::HostDies(runner, _) => self.revive_runner(runner),
            Fault::RunnerCut(runner, _) => self.faults.runners_cut[runner] -= 1,
            Fault::ServerCut(server, _) => self.faults.servers_cut[server] -= 1,
            Fault::ForgeOut(_) => self.faults.forge_is_out -= 1,
            Fault::Jump(..) => {}
            Fault::Trouble(..) => self.hub.set_trouble(0),
            Fault::Strikes(..) => self.faults.strikes = 0,
        }
    }

    /// Ends everything that is wrong.
    pub(super) fn peace(&mut self) {
        self.say(|| "from now on nothing goes wrong".to_owned());
        self.faults.is_peace = true;
        self.faults.forge_is_out = 0;
        self.faults.strikes = 0;
        self.hub.set_trouble(0);
        (0..self.servers.len()).for_each(|server| self.revive_server(server));
        (0..self.runners.len()).for_each(|runner| self.revive_runner(runner));
        self.after(0, Event::Check);
    }

    fn revive_server(&mut self, server: usize) {
        if self.servers[server].coordinator.is_none() {
            self.start_server(server);
        }
    }

    fn revive_runner(&mut self, runner: usize) {
        if !self.runners[runner].is_up {
            self.start_runner(runner);
        }
    }
}
