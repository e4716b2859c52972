use std::io;
use std::process::Command;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rustix::process::{
    Pid, WaitOptions, child_subreaper, getpgrp, getpid, set_child_subreaper, waitpid,
};

use super::super::leader::Leader;
use super::super::{Marker, Process};
use super::procfs::{self, Stat};

/// Knows the jobs that this process runs now.
///
/// Orphans of all of them become children of this process, beside children that it has for other
/// reasons. A job is started with the write lock held and orphans are sorted with the read lock, so
/// that nobody takes a job that has just begun for an orphan of another.
static REGISTRY: RwLock<Registry> = RwLock::new(Registry::empty());

pub(super) struct Registry {
    jobs: Vec<Entry>,
    /// The children that were there before the first of the jobs.
    before: Vec<Process>,
    was_reaper: bool,
}

struct Entry {
    leader: Pid,
    marker: Option<Marker>,
}

/// What one look at the orphans showed.
pub(super) struct Orphans {
    pub(super) living: Vec<Stat>,
    /// None of them ended during the look: one that did may have left a child behind, which became
    /// ours after the others were counted.
    pub(super) is_settled: bool,
}

/// Starts a job and enters it.
pub(super) fn enter(command: &mut Command, marker: Option<Marker>) -> io::Result<Leader> {
    let mut registry = write();
    registry.prepare();
    match Leader::spawn(command) {
        Ok(leader) => {
            registry.jobs.push(Entry { leader: leader.pid(), marker });
            Ok(leader)
        }
        Err(error) => {
            registry.restore();
            Err(error)
        }
    }
}

/// Reaps the leader of a job that is over, and strikes the job out.
pub(super) fn leave(leader: &mut Leader) {
    let mut registry = write();
    // In this order: a dead leader that nobody knows would be reaped as an orphan of another job.
    leader.reap();
    registry.jobs.retain(|job| job.leader != leader.pid());
    registry.restore();
}

pub(super) fn read() -> RwLockReadGuard<'static, Registry> {
    REGISTRY.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, Registry> {
    REGISTRY.write().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    const fn empty() -> Self {
        Self { jobs: Vec::new(), before: Vec::new(), was_reaper: false }
    }

    /// Lets orphans come to this process from now on.
    fn prepare(&mut self) {
        if self.jobs.is_empty() {
            self.before = children().0.iter().map(Stat::process).collect();
            self.was_reaper = child_subreaper().is_ok_and(|reaper| reaper.is_some());
            // Every Linux since 3.4 can. Without it, orphans would escape to init.
            let _ = set_child_subreaper(Some(getpid()));
        }
    }

    fn restore(&mut self) {
        if self.jobs.is_empty() && !self.was_reaper {
            let _ = set_child_subreaper(None);
        }
    }

    /// Looks once at the orphans of the job of `leader`, and reaps the dead ones of all jobs.
    pub(super) fn orphans(&self, leader: Pid) -> Orphans {
        let (mut children, all_there) = children();
        children.retain(|child| self.is_orphan(child));
        let (dead, mut living): (Vec<Stat>, Vec<Stat>) =
            children.into_iter().partition(|child| child.is_dead);
        for orphan in &dead {
            let _ = waitpid(Some(orphan.pid), WaitOptions::NOHANG);
        }
        living.retain(|orphan| match self.job_of(orphan) {
            Some(job) => job == leader,
            // It kept nothing that tells: with several jobs the last of them takes it.
            None => self.jobs.len() == 1,
        });
        Orphans { living, is_settled: all_there && dead.is_empty() }
    }

    fn is_orphan(&self, child: &Stat) -> bool {
        // A job has its own group from the start and cannot come back into ours.
        child.group != getpgrp().as_raw_nonzero().get()
            && !self.before.contains(&child.process())
            && !self.jobs.iter().any(|job| job.leader == child.pid)
    }

    fn job_of(&self, orphan: &Stat) -> Option<Pid> {
        let by_group = |job: &&Entry| job.leader.as_raw_nonzero().get() == orphan.group;
        let by_marker = |job: &&Entry| {
            job.marker.as_ref().is_some_and(|marker| procfs::is_marked(orphan.pid, marker))
        };
        let job = self.jobs.iter().find(by_group).or_else(|| self.jobs.iter().find(by_marker));
        Some(job?.leader)
    }
}

/// Reads the entries of the children of this process, and tells whether they were all there still.
fn children() -> (Vec<Stat>, bool) {
    match procfs::children() {
        Some(pids) => {
            let stats: Vec<Stat> = pids.iter().copied().filter_map(Stat::of).collect();
            let all_there = stats.len() == pids.len();
            (stats, all_there)
        }
        None => {
            let me = getpid().as_raw_nonzero().get();
            (procfs::all().into_iter().filter(|process| process.parent == me).collect(), true)
        }
    }
}
