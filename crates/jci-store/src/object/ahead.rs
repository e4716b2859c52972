//! Reading one small object after another, a few ahead of whoever takes them.

use std::{thread, vec};

use crate::Store;
use crate::beside::Beside;

/// Who takes the first is spared the reading of many; who takes many has them read by the piece.
const FIRST_PIECE: usize = 16;
const LARGEST_PIECE: usize = 2048;

/// A thread that reads fewer costs more than it saves.
const WORTH_A_THREAD: usize = 256;

/// What `read` makes of each item, in the order of the items. Lazy, but for a piece ahead; large
/// pieces are read by several threads.
pub(crate) struct ReadAhead<'a, I, R, F> {
    store: &'a Store,
    items: I,
    read: F,
    piece: usize,
    ready: vec::IntoIter<R>,
}

impl<'a, I, R, F> ReadAhead<'a, I, R, F>
where
    I: Iterator<Item: Sync>,
    R: Send,
    F: Fn(&gix::Repository, &I::Item) -> R + Sync,
{
    pub(crate) fn new(store: &'a Store, items: I, read: F) -> Self {
        Self { store, items, read, piece: FIRST_PIECE, ready: Vec::new().into_iter() }
    }

    fn read_piece(&mut self) -> Vec<R> {
        let items: Vec<_> = self.items.by_ref().take(self.piece).collect();
        self.piece = (self.piece * 2).min(LARGEST_PIECE);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = items.len().div_ceil(threads).max(WORTH_A_THREAD);
        let mut shares = items.chunks(share);
        let first = shares.next().unwrap_or_default();
        let (store, read) = (self.store, &self.read);
        let read_share = move |share: &[I::Item]| -> Vec<R> {
            let repo = store.local();
            share.iter().map(|item| read(&repo, item)).collect()
        };
        thread::scope(|scope| {
            let beside = |share| Beside::start(scope, move || read_share(share));
            let others: Vec<_> = shares.map(beside).collect();
            let mut all = read_share(first);
            all.extend(others.into_iter().flat_map(Beside::join));
            all
        })
    }
}

impl<I, R, F> Iterator for ReadAhead<'_, I, R, F>
where
    I: Iterator<Item: Sync>,
    R: Send,
    F: Fn(&gix::Repository, &I::Item) -> R + Sync,
{
    type Item = R;

    fn next(&mut self) -> Option<R> {
        if self.ready.len() == 0 {
            self.ready = self.read_piece().into_iter();
        }
        self.ready.next()
    }
}
