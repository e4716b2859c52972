//! Few objects: each a file of its own.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::Kind;

use super::deflate::Deflater;
use super::known::loose_path;
use crate::durable::{PathError, sync_dir};

/// Objects that were written and have yet to get their names.
pub(crate) struct LooseBatch {
    objects: PathBuf,
    tag: String,
    deflater: Deflater,
    written: Vec<Written>,
}

struct Written {
    id: ObjectId,
    file: File,
    temporary: PathBuf,
}

impl LooseBatch {
    /// Begins a batch for the object folder; `tag` becomes part of the temporary names.
    pub(crate) fn new(objects: PathBuf, tag: &str) -> Self {
        Self { objects, tag: tag.to_owned(), deflater: Deflater::zlib(), written: Vec::new() }
    }

    /// Writes an object under a temporary name.
    pub(crate) fn add(&mut self, id: ObjectId, kind: Kind, data: &[u8]) -> Result<(), PathError> {
        if self.written.iter().any(|known| known.id == id) {
            return Ok(());
        }
        let mut whole = gix::objs::encode::loose_header(kind, data.len() as u64).to_vec();
        whole.extend_from_slice(data);
        let mut stream = Vec::new();
        self.deflater.whole(&whole, &mut stream);

        // Named as git names its own, so that `git gc` clears what a crash leaves.
        let temporary = self.objects.join(format!("tmp_obj_jci_{}_{id}", self.tag));
        let mut file = File::create(&temporary).map_err(PathError::of("create", &temporary))?;
        let written = Written {
            id,
            file: file.try_clone().map_err(PathError::of("open", &temporary))?,
            temporary,
        };
        self.written.push(written);
        let path = &self.written[self.written.len() - 1].temporary;
        file.write_all(&stream).map_err(PathError::of("write", path))
    }

    /// Returns where the objects go, for errors that callers report.
    pub(crate) fn path(&self) -> &Path {
        &self.objects
    }

    /// Gives all objects their names; when this returns they are on disk.
    pub(crate) fn finish(mut self) -> Result<(), PathError> {
        let written = std::mem::take(&mut self.written);
        // All content before any name: the first sync carries most of the others' work along.
        for object in &written {
            object.file.sync_all().map_err(PathError::of("sync", &object.temporary))?;
        }
        let mut folders = Vec::new();
        for object in &written {
            let path = loose_path(&self.objects, &object.id);
            self.give_name(object, &path, &mut folders)?;
        }
        for folder in folders {
            sync_dir(&folder).map_err(PathError::of("sync", &folder))?;
        }
        Ok(())
    }

    fn give_name(
        &self,
        object: &Written,
        path: &Path,
        folders: &mut Vec<PathBuf>,
    ) -> Result<(), PathError> {
        let folder = path.parent().unwrap_or(&self.objects).to_owned();
        match fs::create_dir(&folder) {
            Ok(()) => remember(folders, self.objects.clone()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(PathError::of("create", &folder)(error)),
        }
        read_only(&object.file).map_err(PathError::of("protect", &object.temporary))?;
        fs::rename(&object.temporary, path).map_err(PathError::of("create", path))?;
        remember(folders, folder);
        Ok(())
    }
}

impl Drop for LooseBatch {
    fn drop(&mut self) {
        for object in &self.written {
            let _ = fs::remove_file(&object.temporary);
        }
    }
}

fn remember(folders: &mut Vec<PathBuf>, folder: PathBuf) {
    if !folders.contains(&folder) {
        folders.push(folder);
    }
}

/// Takes away the right to write, as git does: objects never change.
pub(super) fn read_only(file: &File) -> std::io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}
