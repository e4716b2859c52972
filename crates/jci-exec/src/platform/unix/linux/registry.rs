use std::io;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{
    Pid, WaitOptions, child_subreaper, getpgrp, getpid, set_child_subreaper, waitpid,
};

use super::super::Process;
use super::super::leader::Leader;
use super::procfs::{self, Stat};
use crate::platform::Marker;

/// Knows the jobs that this process runs now.
///
/// Orphans of all of them become children of this process, beside children that it has for other
/// reasons. Jobs are started, and orphans are sorted and reaped, with the lock held: nobody takes a
/// job that has just begun for an orphan, and the kernel's list does not change under the reader.
static REGISTRY: Mutex<Registry> = Mutex::new(Registry::empty());

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
    /// There were no others. One that ended during the look may have left a child behind, which
    /// became ours after the others were counted.
    pub(super) is_settled: bool,
}

/// Says which job an orphan comes from.
enum JobOf {
    /// The one with this leader.
    Known(Pid),
    /// It kept nothing that tells, or nobody else is there to ask.
    Unknown,
    /// It is just becoming another program, or ending: ask again.
    NotYetKnown,
}

/// Starts a job and enters it.
pub(super) fn enter(command: &mut Command, marker: Option<Marker>) -> io::Result<Leader> {
    let mut registry = lock();
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
    let mut registry = lock();
    // In this order: a dead leader that nobody knows would be reaped as an orphan of another job.
    leader.reap();
    registry.jobs.retain(|job| job.leader != leader.pid());
    registry.restore();
}

pub(super) fn lock() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    const fn empty() -> Self {
        Self { jobs: Vec::new(), before: Vec::new(), was_reaper: false }
    }

    /// Lets orphans come to this process from now on.
    fn prepare(&mut self) {
        if self.jobs.is_empty() {
            self.before = self.children().0.iter().map(Stat::process).collect();
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
        let (mut children, all_there) = self.children();
        children.retain(|child| self.is_orphan(child));
        let (dead, mut living): (Vec<Stat>, Vec<Stat>) =
            children.into_iter().partition(|child| child.is_dead);
        for orphan in &dead {
            let _ = waitpid(Some(orphan.pid), WaitOptions::NOHANG);
        }
        let mut is_settled = all_there && dead.is_empty();
        living.retain(|orphan| match self.job_of(orphan) {
            JobOf::Known(job) => job == leader,
            // With several jobs the last of them takes it.
            JobOf::Unknown => self.jobs.len() == 1,
            JobOf::NotYetKnown => {
                is_settled = false;
                false
            }
        });
        Orphans { living, is_settled }
    }

    fn is_orphan(&self, child: &Stat) -> bool {
        // A job has its own group from the start and cannot come back into ours.
        child.group != getpgrp().as_raw_nonzero().get()
            && !self.before.contains(&child.process())
            && !self.jobs.iter().any(|job| job.leader == child.pid)
    }

    fn job_of(&self, orphan: &Stat) -> JobOf {
        let by_group = |job: &&Entry| job.leader.as_raw_nonzero().get() == orphan.group;
        if let Some(job) = self.jobs.iter().find(by_group) {
            return JobOf::Known(job.leader);
        }
        let [_, _, ..] = &self.jobs[..] else { return JobOf::Unknown };
        let Some(environment) = procfs::environment(orphan.pid) else { return JobOf::NotYetKnown };
        let by_marker =
            |job: &&Entry| job.marker.as_ref().is_some_and(|marker| marker.is_in(&environment));
        let job = self.jobs.iter().find(by_marker);
        job.map_or(JobOf::Unknown, |job| JobOf::Known(job.leader))
    }

    /// Reads the entries of the children of this process, and tells whether those are all.
    fn children(&self) -> (Vec<Stat>, bool) {
        let Some(pids) = procfs::children() else {
            let me = getpid().as_raw_nonzero().get();
            return (procfs::all().into_iter().filter(|one| one.parent == me).collect(), true);
        };
        let stats: Vec<Stat> = pids.iter().copied().filter_map(Stat::of).collect();
        // While the kernel lists them, another part of this program may reap one that it started:
        // then the next one may be missing. Leaders are not reaped before they are struck out.
        let is_leader = |pid: &Pid| self.jobs.iter().any(|job| job.leader == *pid);
        let all_there = pids.iter().all(is_leader) || procfs::children().as_ref() == Some(&pids);
        (stats, all_there)
    }
}
