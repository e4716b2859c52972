//! The calls of the system that the standard library does not know.
#![expect(unsafe_code, reason = "job objects are reached by the C interface alone")]

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::process::Child;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_MORE_DATA, ERROR_NO_MORE_FILES, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectBasicProcessIdList,
    JobObjectExtendedLimitInformation, QueryInformationJobObject, SetInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{OpenThread, ResumeThread, THREAD_SUSPEND_RESUME};

/// The exit code of what is killed: what shells elsewhere make of KILL.
const KILLED: u32 = 137;

/// How many processes a list has room for at first.
const ROOM: usize = 64;

/// Processes that end together: with whoever holds this, at the latest.
#[derive(Debug)]
pub(super) struct JobObject(OwnedHandle);

impl JobObject {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: both pointers may be null: default rights, no name.
        let handle = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle is new, and nobody else's.
        let job = Self(unsafe { OwnedHandle::from_raw_handle(handle) });
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        // SAFETY: the pointer is to what this class of information wants, of that size.
        done(unsafe {
            SetInformationJobObject(
                job.0.as_raw_handle(),
                JobObjectExtendedLimitInformation,
                ptr::from_ref(&limits).cast(),
                size_of_val(&limits) as u32,
            )
        })?;
        Ok(job)
    }

    /// Takes a process in, and with it all that it starts from here on.
    pub(super) fn take(&self, child: &Child) -> io::Result<()> {
        // SAFETY: both handles are open as long as their owners live.
        done(unsafe { AssignProcessToJobObject(self.0.as_raw_handle(), child.as_raw_handle()) })
    }

    /// Lists the ids of those that live.
    pub(super) fn list(&self) -> io::Result<Vec<u32>> {
        // Two counts of four bytes each, that of the ids in the list second; then the ids.
        const COUNTS: usize = 8 / size_of::<usize>();
        let mut room = ROOM;
        loop {
            let mut list = vec![0_usize; COUNTS + room];
            // SAFETY: the system writes into the list, and no more than its size.
            let answered = done(unsafe {
                QueryInformationJobObject(
                    self.0.as_raw_handle(),
                    JobObjectBasicProcessIdList,
                    list.as_mut_ptr().cast::<c_void>(),
                    size_of_val(list.as_slice()) as u32,
                    ptr::null_mut(),
                )
            });
            match answered {
                Err(error) if error.raw_os_error() == Some(ERROR_MORE_DATA.cast_signed()) => {
                    room *= 2;
                }
                Err(error) => return Err(error),
                Ok(()) => {
                    // An id is never zero, and the rest of the list is.
                    let ids = list.into_iter().skip(COUNTS).filter(|id| *id != 0);
                    return Ok(ids.filter_map(|id| u32::try_from(id).ok()).collect());
                }
            }
        }
    }

    /// Kills all of them.
    pub(super) fn kill(&self) {
        // SAFETY: the handle is open as long as its owner lives. There is nobody to tell of a
        // failure but those who look again.
        unsafe { TerminateJobObject(self.0.as_raw_handle(), KILLED) };
    }
}

/// Lets a process run that was started suspended.
pub(super) fn resume(child: &Child) -> io::Result<()> {
    // SAFETY: only numbers are passed.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is new, and nobody else's.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut thread =
        THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..THREADENTRY32::default() };
    // SAFETY: the system writes one entry, whose size stands in it.
    let mut found = done(unsafe { Thread32First(snapshot.as_raw_handle(), &raw mut thread) });
    while found.is_ok() {
        if thread.th32OwnerProcessID == child.id() {
            resume_thread(thread.th32ThreadID)?;
        }
        // SAFETY: as above.
        found = done(unsafe { Thread32Next(snapshot.as_raw_handle(), &raw mut thread) });
    }
    found.or_else(|end| match end.raw_os_error() {
        Some(code) if code == ERROR_NO_MORE_FILES.cast_signed() => Ok(()),
        _ => Err(end),
    })
}

fn resume_thread(id: u32) -> io::Result<()> {
    // SAFETY: only numbers are passed.
    let thread = unsafe { OpenThread(THREAD_SUSPEND_RESUME, 0, id) };
    if thread.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is new, and nobody else's.
    let thread = unsafe { OwnedHandle::from_raw_handle(thread) };
    // SAFETY: the handle is open.
    let before = unsafe { ResumeThread(thread.as_raw_handle()) };
    if before == u32::MAX { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn done(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
