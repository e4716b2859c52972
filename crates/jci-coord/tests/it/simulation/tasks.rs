//! Operations of servers that go on, one step at a time and in any order.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::Runtime;

use super::chance::Chance;
use super::server::{CallId, Op, Said};
use super::store::Hub;

/// What a server is doing for a call.
pub(super) struct Task {
    pub(super) call: CallId,
    pub(super) server: usize,
    pub(super) op: Op,
    future: Pin<Box<dyn Future<Output = Said> + Send>>,
    flag: Arc<Flag>,
}

/// Whether a task can go on.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// All that servers are doing.
///
/// Over the store in memory a task stops at every read and write, and another may go on in
/// between. A database has threads of its own, whose order no seed decides: there a task goes on
/// until it stops at a place of ours, of which there is none within a transaction.
pub(super) struct Tasks {
    tasks: Vec<Task>,
    database: Option<Arc<Runtime>>,
}

impl Tasks {
    pub(super) fn new(database: Option<Arc<Runtime>>) -> Self {
        Self { tasks: Vec::new(), database }
    }

    pub(super) fn spawn(
        &mut self,
        call: CallId,
        server: usize,
        op: Op,
        future: impl Future<Output = Said> + Send + 'static,
    ) {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        self.tasks.push(Task { call, server, op, future: Box::pin(future), flag });
    }

    /// Ends what a server is doing, wherever it is just then.
    pub(super) fn kill(&mut self, server: usize) {
        self.tasks.retain(|task| task.server != server);
    }

    /// Picks a task that can go on.
    pub(super) fn pick(&self, chance: &mut Chance) -> Option<usize> {
        let can = |task: &Task| task.flag.0.load(Ordering::Relaxed);
        let ready = self.tasks.iter().filter(|task| can(task)).count();
        if ready == 0 {
            assert!(self.tasks.is_empty(), "servers wait for each other for ever");
            return None;
        }
        let nth = chance.place(ready);
        self.tasks.iter().enumerate().filter(|(_, task)| can(task)).map(|it| it.0).nth(nth)
    }

    pub(super) fn get(&self, index: usize) -> &Task {
        &self.tasks[index]
    }

    /// Lets a task go on until it stops; a task that is done is taken out.
    pub(super) fn step(&mut self, index: usize, hub: &Hub) -> Option<(Task, Said)> {
        let task = &mut self.tasks[index];
        task.flag.0.store(false, Ordering::Relaxed);
        let future = task.future.as_mut();
        let said = match &self.database {
            None => poll_once(future, &task.flag),
            Some(runtime) => runtime.block_on(until_paused(future, hub)),
        };
        if self.database.is_some() {
            task.flag.0.store(true, Ordering::Relaxed);
        }
        said.map(|said| (self.tasks.swap_remove(index), said))
    }

    /// Does something that is no part of the simulation, such as a last look.
    pub(super) fn aside<T>(&self, future: impl Future<Output = T>) -> T {
        if let Some(runtime) = &self.database {
            return runtime.block_on(future);
        }
        let mut future = Box::pin(future);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("somebody holds the store"),
        }
    }
}

fn poll_once(
    future: Pin<&mut (dyn Future<Output = Said> + Send)>,
    flag: &Arc<Flag>,
) -> Option<Said> {
    let waker = Waker::from(Arc::clone(flag));
    match future.poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(said) => Some(said),
        Poll::Pending => None,
    }
}

/// Waits for the database, and no longer than until the task has stopped at a place of ours.
async fn until_paused(
    mut future: Pin<&mut (dyn Future<Output = Said> + Send)>,
    hub: &Hub,
) -> Option<Said> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(said) => Poll::Ready(Some(said)),
        Poll::Pending if hub.has_paused() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
