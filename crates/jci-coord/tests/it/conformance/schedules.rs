//! Jobs by the clock.

use jci_coord::{NewJob, SetSchedulesError};

use super::World;
use crate::names::{push, repository};

pub(crate) async fn a_time_fires_once_for_all_servers(world: &World) {
    let name = repository("a");
    let crontab = b"0 * * * * name:hourly\n30 2 * * * branch:release\n@reboot\n";
    world.server.set_schedules(&name, "main", crontab).await.unwrap();
    assert_eq!(world.server.due_schedules().await.unwrap(), []);
    world.pass(3600);
    let other = world.another_server();
    let due = world.server.due_schedules().await.unwrap();
    assert_eq!(other.due_schedules().await.unwrap(), []);
    assert_eq!(due.len(), 1);
    assert_eq!((&*due[0].branch, due[0].name.as_deref()), ("main", Some("hourly")));
    assert_eq!(due[0].time.to_string(), "2026-01-01T01:00:00Z");
    // The first server dies before it is done, or after it has submitted the job: the other one
    // does the same once more, and there is one job.
    world.pass(30);
    let again = other.due_schedules().await.unwrap();
    assert_eq!(again, due);
    for (server, due) in [(&world.server, &due[0]), (&other, &again[0])] {
        let new = NewJob { delivery: Some(due.delivery.clone()), ..push("a", 1) };
        let is_new = server.submit(new).await.unwrap().is_new;
        assert_eq!(is_new, std::ptr::eq(server, &world.server));
    }
    other.schedule_done(&again[0]).await.unwrap();
    world.pass(60);
    assert_eq!(world.server.due_schedules().await.unwrap(), []);
    // Another time of day fires what has fired already not again.
    world.clock.jump(-3_600_000);
    assert_eq!(world.server.due_schedules().await.unwrap(), []);
}

pub(crate) async fn missed_times_are_one_run(world: &World) {
    let name = repository("a");
    world.server.set_schedules(&name, "main", b"@hourly").await.unwrap();
    // The same lines again change nothing; the next time stays.
    world.pass(1800);
    world.server.set_schedules(&name, "main", b"# hourly\n@hourly").await.unwrap();
    world.pass(7 * 3600);
    let due = world.server.due_schedules().await.unwrap();
    assert_eq!(due.len(), 1);
    world.server.schedule_done(&due[0]).await.unwrap();
    assert_eq!(world.server.due_schedules().await.unwrap(), []);
    let next = world.server.schedules(&name).await.unwrap()[0].next.unwrap();
    assert_eq!(next.to_string(), "2026-01-01T08:00:00Z");
    world.server.set_schedules(&name, "main", b"").await.unwrap();
    assert_eq!(world.server.schedules(&name).await.unwrap(), []);
}

pub(crate) async fn a_wrong_line_changes_nothing(world: &World) {
    let name = repository("a");
    world.server.set_schedules(&name, "main", b"@daily").await.unwrap();
    let wrong = world.server.set_schedules(&name, "main", b"@hourly\n99 * * * *").await;
    let Err(SetSchedulesError::Line { source, .. }) = wrong else { panic!("{wrong:?}") };
    assert_eq!(source.line, 2);
    assert_eq!(world.server.schedules(&name).await.unwrap()[0].entry, "@daily");
}
