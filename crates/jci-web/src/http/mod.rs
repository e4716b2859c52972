//! The views of a repository over HTTP.

mod address;
mod api;
mod archive;
mod body;
mod events;
mod guard;
mod headers;
mod jobs;
mod log;
mod page;
mod params;
mod problem;
mod range;
mod raw;
mod reply;
mod views;
mod watch;

pub use guard::Hosts;
pub use log::{LogAnswers, LogQuestion};
pub use page::{asset as page_asset, job_page};
pub use range::{ByteRange, NoSuchPart};
pub use raw::attachment;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use crate::Views;
use jobs::Jobs;
use watch::Watch;

/// What every handler gets to work with; cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    views: Arc<Views>,
    jobs: Jobs,
    watch: Watch,
}

impl App {
    /// Reads something from the repository, off the threads that must not wait.
    async fn view<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Views) -> T + Send + 'static,
    ) -> Result<T, problem::Fault> {
        let views = Arc::clone(&self.views);
        self.jobs.quick(move || read(&views)).await
    }

    /// Computes something of what is in the repository, which may take a while.
    async fn compute<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Views) -> T + Send + 'static,
    ) -> Result<T, problem::Fault> {
        let views = Arc::clone(&self.views);
        self.jobs.long(move || read(&views)).await
    }
}

/// Makes the routes over which a repository is looked at, safe to be reached by browsers.
pub fn router(views: Arc<Views>, hosts: Hosts) -> Router {
    let jobs = Jobs::new();
    let watch = Watch::new(Arc::clone(&views), jobs.clone());
    let app = App { views, jobs, watch };
    Router::new()
        .route("/api/repository", get(api::repository))
        .route("/api/branches", get(api::branches))
        .route("/api/commits", get(api::commits))
        .route("/api/commit/{commit}", get(api::commit))
        .route("/api/commit/{commit}/{run}", get(api::run))
        .route("/api/commit/{commit}/{run}/log", get(log::window))
        .route("/api/commit/{commit}/{run}/log/outline", get(log::outline))
        .route("/api/commit/{commit}/{run}/log/search", get(log::search))
        .route("/api/commit/{commit}/{run}/log/events", get(log::events))
        .route("/api/commit/{commit}/{run}/markdown", get(views::markdown))
        .route("/api/commit/{commit}/{run}/junit", get(views::junit))
        .route("/api/compare/{a}/{from}/{b}/{to}", get(views::compare))
        .route("/api/compare/{a}/{from}/{b}/{to}/log", get(views::compare_logs))
        .route("/api/events", get(events::events))
        .route("/api/{*rest}", get(api::unknown))
        .route("/jci/{*rest}", get(raw::raw))
        .route("/site/{*rest}", get(raw::site))
        .route("/assets/{*rest}", get(page::of_path))
        .fallback(page::page)
        .with_state(app)
        .layer(from_fn(headers::secure))
        .layer(from_fn_with_state(Arc::new(hosts), guard::check))
}
