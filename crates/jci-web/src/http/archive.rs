//! A whole run as an archive, made while it is sent.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jci_store::{FileKind, Run, RunEntry, RunFile};
use tar::{Builder, EntryType, Header};

use super::App;
use super::body::{Source, body, read_piece};
use super::problem::Fault;
use super::raw::{FOR_EVER, attachment};
use super::reply::tagged;
use crate::views::Content;
use crate::{ViewError, Views};

/// An archive consists of blocks of this size, and ends with two empty ones.
const BLOCK: u64 = 512;
/// So long may a path be that a symlink leads to; there is none that is longer.
const LONGEST_LINK: u64 = 4096;

/// `/jci/<commit>/<runId>/archive.tar`
pub(super) async fn archive(
    app: App,
    commit: String,
    run: String,
    request: &HeaderMap,
) -> Result<Response, Fault> {
    let views = Arc::clone(&app.views);
    let (entry, files) = app
        .view(move |views| {
            let entry = views.find_stored(&commit, &run)?;
            let files = Run::open(views.store(), &entry)?.files()?;
            RunFile::check_paths(&files)?;
            Ok::<_, ViewError>((entry, files))
        })
        .await??;
    let name = format!("jci-{}-{}.tar", entry.name.commit.short(), entry.name.id);
    let tag = format!("\"{}.tar\"", entry.object_id());
    Ok(tagged(request, &tag, || {
        let archive = Archive::new(views, entry, files);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/x-tar")),
            (header::CONTENT_DISPOSITION, attachment(name.as_bytes())),
            (header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)),
        ];
        (headers, body(app.jobs.clone(), archive)).into_response()
    }))
}

/// An archive that is being made.
struct Archive {
    views: Arc<Views>,
    entry: RunEntry,
    files: VecDeque<RunFile>,
    /// The time of all files: when the run began.
    time: u64,
    open: Option<(Content, u64)>,
    ended: bool,
}

impl Archive {
    fn new(views: Arc<Views>, entry: RunEntry, files: Vec<RunFile>) -> Self {
        let time = entry.name.id.seconds();
        Self { views, entry, files: files.into(), time, open: None, ended: false }
    }

    /// Makes the head of the next file, and opens it if it has a content.
    fn begin(&mut self, file: &RunFile) -> io::Result<Bytes> {
        let run = Run::open(self.views.store(), &self.entry).map_err(io::Error::other)?;
        let mut reader = Content::open(&run, file).map_err(io::Error::other)?;
        let mut header = Header::new_gnu();
        header.set_mtime(self.time);
        header.set_size(0);
        let mut head = Builder::new(Vec::new());
        let path = path(&file.path);
        if file.kind == FileKind::Symlink {
            header.set_mode(0o777);
            header.set_entry_type(EntryType::Symlink);
            let mut target = Vec::new();
            reader.by_ref().take(LONGEST_LINK).read_to_end(&mut target)?;
            head.append_link(&mut header, path, self::path(&target))?;
        } else {
            header.set_mode(if file.kind == FileKind::Executable { 0o755 } else { 0o644 });
            header.set_entry_type(EntryType::Regular);
            header.set_size(reader.size());
            // The head alone: the content follows as it is read.
            head.append_data(&mut header, path, io::empty())?;
            let size = reader.size();
            self.open = Some((reader, size)).filter(|_| size > 0);
        }
        // What it would put at the end of an archive is not put here.
        Ok(std::mem::take(head.get_mut()).into())
    }
}

impl Source for Archive {
    fn piece(&mut self) -> io::Result<Option<Bytes>> {
        if let Some((reader, rest)) = &mut self.open {
            let mut piece = read_piece(reader, rest)?;
            if *rest == 0 {
                let size = reader.size();
                let padding = size.next_multiple_of(BLOCK) - size;
                piece = [&piece[..], &vec![0; padding as usize]].concat().into();
                self.open = None;
            }
            return Ok(Some(piece));
        }
        if let Some(file) = self.files.pop_front() {
            return self.begin(&file).map(Some);
        }
        let is_first = !std::mem::replace(&mut self.ended, true);
        Ok(is_first.then(|| vec![0; 2 * BLOCK as usize].into()))
    }
}

fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}
