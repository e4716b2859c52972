PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'queue','2026-11-21 12:51:21',1,X'68C8C745A57AC248F46172EB63DBF3D237A2A5DDF4206E600D0AAD069AE3A357BBF42577A491E6DF7EBFF464F6B30522',11049733);
CREATE TABLE attempt (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    runner TEXT NOT NULL,
    state TEXT NOT NULL,
    live BIGINT NOT NULL,
    -- How often it was renewed; none for a runner of the old protocol.
    beat BIGINT,
    cancel BIGINT NOT NULL,
    request TEXT,
    -- The SHA-256 of the token, in hex.
    token TEXT NOT NULL,
    assigned BIGINT NOT NULL,
    started BIGINT,
    deadline BIGINT NOT NULL,
    ended BIGINT,
    -- How it ended, as JSON.
    ending TEXT,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
INSERT INTO "attempt" VALUES('019b76daa8019e3779b97f4a7c153c6e',1,'r','ended',0,0,0,NULL,'4b74253594c5f667ac0487df9174e272c099ca0f33212fde4f27cb6580b7fac1',1767225600001,1767225601001,1767229201001,1767225661001,'{"by":"reported","outcome":{"verdict":"ok","exit_code":0,"reason":null,"run":"run-0"}}');
INSERT INTO "attempt" VALUES('019b76db964a8ff34785799e5cbd2e2a',1,'r','ended',0,0,0,NULL,'7a623a46b7337caa0a9ed7fd1c0fa582834cdd182ccede6d3147455f91fd48e1',1767225661002,1767225662002,1767229262002,1767225722002,'{"by":"reported","outcome":{"verdict":"err","exit_code":1,"reason":null,"run":"run-1"}}');
INSERT INTO "attempt" VALUES('019b76dc849381af155173f23d651fe6',1,'r','ended',0,0,0,NULL,'24b3f618b8acbc1cdb9fb3ba87be72c8c4e2f2c67b5514f400216b666c95048d',1767225722003,1767225723003,1767229323003,1767225783003,'{"by":"reported","outcome":{"verdict":"timed_out","exit_code":2,"reason":"it''s so","run":"run-2"}}');
INSERT INTO "attempt" VALUES('019b76dd72dc736ae31d6e461e0d11a2',1,'r','ended',0,0,0,NULL,'93ee53f04838c95eb35e63622269d62cd3aa38fbc8b592576f45bb5c048a5efd',1767225783004,1767225784004,1767229384004,1767225844004,'{"by":"reported","outcome":{"verdict":"cancelled","exit_code":3,"reason":"it''s so","run":"run-3"}}');
INSERT INTO "attempt" VALUES('019b76de61256526b0e96899feb5035e',1,'r','ended',0,0,0,NULL,'4c49313321a87acb3a901bc08ff4f13eca3f32834793ab96b2b6e1c22e6a99ff',1767225844005,NULL,1767229444005,1767225844005,'{"by":"reported","outcome":{"verdict":"infra_error","exit_code":null,"reason":null,"run":null}}');
INSERT INTO "attempt" VALUES('019b76de61256526b0e96899feb5035e',2,'r','ended',0,0,0,NULL,'5583cf60e2c7f076d039b9ef2730f41788867925ed5967c0923e3ae5108b6d68',1767225944005,NULL,1767229544005,1767225944005,'{"by":"reported","outcome":{"verdict":"infra_error","exit_code":null,"reason":null,"run":null}}');
INSERT INTO "attempt" VALUES('019b76de61256526b0e96899feb5035e',3,'r','ended',0,0,0,NULL,'111f79b538c236bc22ec613adb7200c1c4e1614517bea361c80f4efd2db89b21',1767226044005,NULL,1767229644005,1767226044005,'{"by":"reported","outcome":{"verdict":"infra_error","exit_code":null,"reason":null,"run":null}}');
INSERT INTO "attempt" VALUES('019b76e2f507c17c33675a6bb0595fb3',1,'r','running',1,0,1,NULL,'d6881977c247da54ab241261084d1ce2f1eaa5ddf691cb27ac35d56020c4d320',1767226144007,1767226144007,1767229744007,NULL,NULL);
INSERT INTO "attempt" VALUES('019b76e2f508b338013354bf9101516f',1,'old','assigned',1,NULL,0,NULL,'b15cc4b5d9c4f9a8339afe29b973482d592957d824ed13d10f2791b9e4f60cc4',1767226144008,NULL,1767229744008,NULL,NULL);
INSERT INTO "attempt" VALUES('019b76e2f509a4f3ceff4f1371a9432b',1,'s','assigned',1,0,0,'q','dfd1cad1d2df7a84bf524b4864f216c9d7e01e757053d05cf5bff0877a605c47',1767226144009,NULL,1767229744009,NULL,NULL);
INSERT INTO "attempt" VALUES('019b76e2f50a96af9ccb4967525134e7',1,'t','ended',0,0,0,NULL,'9b17920a8d8fe6988aebf744f422d1d257d913a8e325a99ba934494bd1532088',1767226144010,NULL,1767229744010,1767226144010,'{"by":"reported","outcome":{"verdict":"infra_error","exit_code":null,"reason":"no disk","run":null}}');
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    refused BIGINT NOT NULL,
    job TEXT,
    repository TEXT,
    detail TEXT NOT NULL
);
INSERT INTO "audit" VALUES(1,1767225600001,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76daa8019e3779b97f4a7c153c6e','owner/a','refs/heads/main');
INSERT INTO "audit" VALUES(2,1767225600001,'{"kind":"runner","name":"r"}','assigned',0,'019b76daa8019e3779b97f4a7c153c6e','owner/a','attempt 1');
INSERT INTO "audit" VALUES(3,1767225601001,'{"kind":"runner","name":"r"}','started',0,'019b76daa8019e3779b97f4a7c153c6e','owner/a','attempt 1');
INSERT INTO "audit" VALUES(4,1767225661001,'{"kind":"runner","name":"r"}','finished',0,'019b76daa8019e3779b97f4a7c153c6e','owner/a','attempt 1 reports ok');
INSERT INTO "audit" VALUES(5,1767225661002,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76db964a8ff34785799e5cbd2e2a','owner/a','refs/heads/main');
INSERT INTO "audit" VALUES(6,1767225661002,'{"kind":"runner","name":"r"}','assigned',0,'019b76db964a8ff34785799e5cbd2e2a','owner/a','attempt 1');
INSERT INTO "audit" VALUES(7,1767225662002,'{"kind":"runner","name":"r"}','started',0,'019b76db964a8ff34785799e5cbd2e2a','owner/a','attempt 1');
INSERT INTO "audit" VALUES(8,1767225722002,'{"kind":"runner","name":"r"}','finished',0,'019b76db964a8ff34785799e5cbd2e2a','owner/a','attempt 1 reports err');
INSERT INTO "audit" VALUES(9,1767225722003,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76dc849381af155173f23d651fe6','owner/a','refs/heads/main');
INSERT INTO "audit" VALUES(10,1767225722003,'{"kind":"runner","name":"r"}','assigned',0,'019b76dc849381af155173f23d651fe6','owner/a','attempt 1');
INSERT INTO "audit" VALUES(11,1767225723003,'{"kind":"runner","name":"r"}','started',0,'019b76dc849381af155173f23d651fe6','owner/a','attempt 1');
INSERT INTO "audit" VALUES(12,1767225783003,'{"kind":"runner","name":"r"}','finished',0,'019b76dc849381af155173f23d651fe6','owner/a','attempt 1 reports timed_out');
INSERT INTO "audit" VALUES(13,1767225783004,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76dd72dc736ae31d6e461e0d11a2','owner/a','refs/heads/main');
INSERT INTO "audit" VALUES(14,1767225783004,'{"kind":"runner","name":"r"}','assigned',0,'019b76dd72dc736ae31d6e461e0d11a2','owner/a','attempt 1');
INSERT INTO "audit" VALUES(15,1767225784004,'{"kind":"runner","name":"r"}','started',0,'019b76dd72dc736ae31d6e461e0d11a2','owner/a','attempt 1');
INSERT INTO "audit" VALUES(16,1767225844004,'{"kind":"runner","name":"r"}','finished',0,'019b76dd72dc736ae31d6e461e0d11a2','owner/a','attempt 1 reports cancelled');
INSERT INTO "audit" VALUES(17,1767225844005,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76de61256526b0e96899feb5035e','owner/b','refs/heads/main');
INSERT INTO "audit" VALUES(18,1767225844005,'{"kind":"runner","name":"r"}','assigned',0,'019b76de61256526b0e96899feb5035e','owner/b','attempt 1');
INSERT INTO "audit" VALUES(19,1767225844005,'{"kind":"runner","name":"r"}','finished',0,'019b76de61256526b0e96899feb5035e','owner/b','attempt 1 reports infra_error');
INSERT INTO "audit" VALUES(20,1767225944005,'{"kind":"runner","name":"r"}','assigned',0,'019b76de61256526b0e96899feb5035e','owner/b','attempt 2');
INSERT INTO "audit" VALUES(21,1767225944005,'{"kind":"runner","name":"r"}','finished',0,'019b76de61256526b0e96899feb5035e','owner/b','attempt 2 reports infra_error');
INSERT INTO "audit" VALUES(22,1767226044005,'{"kind":"runner","name":"r"}','assigned',0,'019b76de61256526b0e96899feb5035e','owner/b','attempt 3');
INSERT INTO "audit" VALUES(23,1767226044005,'{"kind":"runner","name":"r"}','finished',0,'019b76de61256526b0e96899feb5035e','owner/b','attempt 3 reports infra_error');
INSERT INTO "audit" VALUES(24,1767226144005,'{"kind":"server"}','schedules_set',0,NULL,'owner/a','2 lines');
INSERT INTO "audit" VALUES(25,1767226144006,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76e2f506489e4c815d41c005e6d5','owner/b','refs/heads/main');
INSERT INTO "audit" VALUES(26,1767226144007,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76e2f507c17c33675a6bb0595fb3','owner/c','refs/heads/main');
INSERT INTO "audit" VALUES(27,1767226144007,'{"kind":"runner","name":"r"}','assigned',0,'019b76e2f507c17c33675a6bb0595fb3','owner/c','attempt 1');
INSERT INTO "audit" VALUES(28,1767226144007,'{"kind":"runner","name":"r"}','started',0,'019b76e2f507c17c33675a6bb0595fb3','owner/c','attempt 1');
INSERT INTO "audit" VALUES(29,1767226144007,'{"kind":"person","name":"eve"}','cancelled',0,'019b76e2f507c17c33675a6bb0595fb3','owner/c','');
INSERT INTO "audit" VALUES(30,1767226144008,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76e2f508b338013354bf9101516f','owner/c','refs/heads/main');
INSERT INTO "audit" VALUES(31,1767226144008,'{"kind":"runner","name":"old"}','assigned',0,'019b76e2f508b338013354bf9101516f','owner/c','attempt 1');
INSERT INTO "audit" VALUES(32,1767226144009,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76e2f509a4f3ceff4f1371a9432b','owner/d','refs/heads/main');
INSERT INTO "audit" VALUES(33,1767226144009,'{"kind":"runner","name":"s"}','assigned',0,'019b76e2f509a4f3ceff4f1371a9432b','owner/d','attempt 1');
INSERT INTO "audit" VALUES(34,1767226144010,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76e2f50a96af9ccb4967525134e7','owner/e','refs/heads/main');
INSERT INTO "audit" VALUES(35,1767226144010,'{"kind":"runner","name":"t"}','assigned',0,'019b76e2f50a96af9ccb4967525134e7','owner/e','attempt 1');
INSERT INTO "audit" VALUES(36,1767226144010,'{"kind":"runner","name":"t"}','finished',0,'019b76e2f50a96af9ccb4967525134e7','owner/e','attempt 1 reports infra_error');
INSERT INTO "audit" VALUES(37,1767226144011,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76e2f50b886b6a9743bb32f926a2','owner/e','refs/heads/main');
INSERT INTO "audit" VALUES(38,1767226144012,'{"kind":"webhook","name":"pusher"}','submitted',0,'019b76e2f50c0149517d40e5234d9f80','owner/f','refs/heads/main');
CREATE TABLE delivery (
    delivery TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    time BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO "delivery" VALUES('d0','019b76daa8019e3779b97f4a7c153c6e',1767225600001);
INSERT INTO "delivery" VALUES('d1','019b76db964a8ff34785799e5cbd2e2a',1767225661002);
INSERT INTO "delivery" VALUES('d2','019b76dc849381af155173f23d651fe6',1767225722003);
INSERT INTO "delivery" VALUES('d3','019b76dd72dc736ae31d6e461e0d11a2',1767225783004);
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    repository TEXT NOT NULL,
    commit_id TEXT NOT NULL,
    -- What was asked for, as JSON: it never changes. Labels and priority are in it, too.
    spec TEXT NOT NULL,
    labels TEXT NOT NULL,
    priority BIGINT NOT NULL,
    view_key TEXT NOT NULL,
    state TEXT NOT NULL,
    approved BIGINT NOT NULL,
    -- Two things that follow from the state, for the indexes.
    ready BIGINT NOT NULL,
    active BIGINT NOT NULL,
    attempt BIGINT,
    not_before BIGINT,
    cancelled_by TEXT,
    rerun_of TEXT,
    created BIGINT NOT NULL,
    started BIGINT,
    finished BIGINT,
    exit_code BIGINT,
    reason TEXT,
    run TEXT
) WITHOUT ROWID;
INSERT INTO "job" VALUES('019b76daa8019e3779b97f4a7c153c6e','owner/a','0000000000000000000000000000000000000000','{"repository":"owner/a","commit":"0000000000000000000000000000000000000000","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'daa66d2c7ddf743f78dde6e5fd29f054','ok',1,0,0,1,NULL,NULL,NULL,1767225600001,1767225601001,1767225661001,0,NULL,'run-0');
INSERT INTO "job" VALUES('019b76db964a8ff34785799e5cbd2e2a','owner/a','0000000000000000000000000000000000000001','{"repository":"owner/a","commit":"0000000000000000000000000000000000000001","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'cc623af8783354e76a99b4b1f77dd0fc','err',1,0,0,1,NULL,NULL,NULL,1767225661002,1767225662002,1767225722002,1,NULL,'run-1');
INSERT INTO "job" VALUES('019b76dc849381af155173f23d651fe6','owner/a','0000000000000000000000000000000000000002','{"repository":"owner/a","commit":"0000000000000000000000000000000000000002","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'be1e08c47287358f5c55827df1d1b1a4','timed_out',1,0,0,1,NULL,NULL,NULL,1767225722003,1767225723003,1767225783003,2,'it''s so','run-2');
INSERT INTO "job" VALUES('019b76dd72dc736ae31d6e461e0d11a2','owner/a','0000000000000000000000000000000000000003','{"repository":"owner/a","commit":"0000000000000000000000000000000000000003","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'afd9d6906cdb16374e115049ec25924c','cancelled',1,0,0,1,NULL,NULL,NULL,1767225783004,1767225784004,1767225844004,3,'it''s so','run-3');
INSERT INTO "job" VALUES('019b76de61256526b0e96899feb5035e','owner/b','000000000000000000000000000000000000000a','{"repository":"owner/b","commit":"000000000000000000000000000000000000000a","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'a195a45c672ef6df3fcd1e15e67972f4','infra_error',1,0,0,3,NULL,NULL,NULL,1767225844005,1767226044005,1767226044005,NULL,'attempt 3 of 3: its runner had trouble of its own',NULL);
INSERT INTO "job" VALUES('019b76e2f506489e4c815d41c005e6d5','owner/b','000000000000000000000000000000000000000b','{"repository":"owner/b","commit":"000000000000000000000000000000000000000b","reference":"refs/heads/main","trigger":{"kind":"pull_request","number":7},"trust":"untrusted","priority":0,"labels":[],"timeout":{"secs":90,"nanos":0},"image":"alpine","script":"make","requested_by":{"kind":"webhook","name":"pusher"}}','',0,'850d3ff45bd6b82f2344b9addb213444','queued',0,0,1,NULL,NULL,NULL,NULL,1767226144006,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('019b76e2f507c17c33675a6bb0595fb3','owner/c','000000000000000000000000000000000000000c','{"repository":"owner/c","commit":"000000000000000000000000000000000000000c","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'fdeb26da5900a8839c22a093d84b2498','running',1,0,1,1,NULL,'{"kind":"person","name":"eve"}',NULL,1767226144007,1767226144007,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('019b76e2f508b338013354bf9101516f','owner/c','000000000000000000000000000000000000000d','{"repository":"owner/c","commit":"000000000000000000000000000000000000000d","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'efa6f4a65354892b8dde6e5fd29f0540','assigned',1,0,1,1,NULL,NULL,NULL,1767226144008,1767226144008,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('019b76e2f509a4f3ceff4f1371a9432b','owner/d','000000000000000000000000000000000000000e','{"repository":"owner/d","commit":"000000000000000000000000000000000000000e","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'e162c2724da869d37f9a3c2bccf2e5e8','assigned',1,0,1,1,NULL,NULL,NULL,1767226144009,1767226144009,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('019b76e2f50a96af9ccb4967525134e7','owner/e','000000000000000000000000000000000000000f','{"repository":"owner/e","commit":"000000000000000000000000000000000000000f","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'d31e903e47fc4a7b715609f7c746c690','queued',1,0,1,1,1767226149010,NULL,NULL,1767226144010,NULL,NULL,NULL,'no disk',NULL);
INSERT INTO "job" VALUES('019b76e2f50b886b6a9743bb32f926a2','owner/e','0000000000000000000000000000000000000010','{"repository":"owner/e","commit":"0000000000000000000000000000000000000010","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":3,"labels":["gpu","linux"],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','gpu,linux',3,'c4da5e0a42502b236311d7c3c19aa738','queued',1,1,1,NULL,NULL,NULL,NULL,1767226144011,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "job" VALUES('019b76e2f50c0149517d40e5234d9f80','owner/f','0000000000000000000000000000000000000011','{"repository":"owner/f","commit":"0000000000000000000000000000000000000011","reference":"refs/heads/main","trigger":{"kind":"push"},"trust":"trusted","priority":0,"labels":[],"timeout":{"secs":3600,"nanos":0},"image":null,"script":null,"requested_by":{"kind":"webhook","name":"pusher"}}','',0,'3db844f03f7a1b77dbefbea9bec4978c','queued',1,1,1,NULL,NULL,NULL,NULL,1767226144012,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE lane (
    repository TEXT NOT NULL,
    labels TEXT NOT NULL,
    priority BIGINT NOT NULL,
    running BIGINT NOT NULL,
    oldest TEXT NOT NULL,
    jobs BIGINT NOT NULL,
    PRIMARY KEY (repository, labels, priority)
) WITHOUT ROWID;
INSERT INTO "lane" VALUES('owner/e','gpu,linux',3,0,'019b76e2f50b886b6a9743bb32f926a2',1);
INSERT INTO "lane" VALUES('owner/f','',0,0,'019b76e2f50c0149517d40e5234d9f80',1);
CREATE TABLE load (
    repository TEXT PRIMARY KEY,
    running BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO "load" VALUES('owner/a',0);
INSERT INTO "load" VALUES('owner/b',0);
INSERT INTO "load" VALUES('owner/c',2);
INSERT INTO "load" VALUES('owner/d',1);
INSERT INTO "load" VALUES('owner/e',0);
INSERT INTO "load" VALUES('owner/f',0);
CREATE TABLE runner (
    id TEXT PRIMARY KEY,
    labels TEXT NOT NULL,
    seen BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO "runner" VALUES('old','',1767226144008);
INSERT INTO "runner" VALUES('r','',1767226144007);
INSERT INTO "runner" VALUES('s','',1767226144009);
INSERT INTO "runner" VALUES('t','',1767226144010);
CREATE TABLE schedule (
    repository TEXT NOT NULL,
    entry TEXT NOT NULL,
    fields TEXT,
    branch TEXT NOT NULL,
    name TEXT,
    next BIGINT,
    pending BIGINT,
    claims BIGINT NOT NULL,
    claimed BIGINT NOT NULL,
    PRIMARY KEY (repository, entry)
) WITHOUT ROWID;
INSERT INTO "schedule" VALUES('owner/a','0 0 * * 1 branch:release','0 0 * * 1','release',NULL,1767571200000,NULL,0,0);
INSERT INTO "schedule" VALUES('owner/a','@hourly name:often','0 * * * *','main','often',1767229200000,NULL,0,0);
CREATE TABLE status (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository TEXT NOT NULL,
    commit_id TEXT NOT NULL,
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    attempt BIGINT,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    created BIGINT NOT NULL,
    progress TEXT NOT NULL,
    failures BIGINT NOT NULL,
    next_try BIGINT NOT NULL,
    claims BIGINT NOT NULL,
    claimed BIGINT NOT NULL,
    last_error TEXT
);
INSERT INTO "status" VALUES(3,'owner/a','0000000000000000000000000000000000000000','019b76daa8019e3779b97f4a7c153c6e',1,'running','running',1767225601001,'sent',0,1767225601001,1,0,NULL);
INSERT INTO "status" VALUES(4,'owner/a','0000000000000000000000000000000000000000','019b76daa8019e3779b97f4a7c153c6e',1,'ok','passed',1767225661001,'sent',0,1767225661001,1,0,NULL);
INSERT INTO "status" VALUES(7,'owner/a','0000000000000000000000000000000000000001','019b76db964a8ff34785799e5cbd2e2a',1,'running','running',1767225662002,'sent',0,1767225662002,1,0,NULL);
INSERT INTO "status" VALUES(8,'owner/a','0000000000000000000000000000000000000001','019b76db964a8ff34785799e5cbd2e2a',1,'err','failed with exit code 1',1767225722002,'sent',0,1767225722002,1,0,NULL);
INSERT INTO "status" VALUES(11,'owner/a','0000000000000000000000000000000000000002','019b76dc849381af155173f23d651fe6',1,'running','running',1767225723003,'sent',0,1767225723003,1,0,NULL);
INSERT INTO "status" VALUES(12,'owner/a','0000000000000000000000000000000000000002','019b76dc849381af155173f23d651fe6',1,'timed_out','timed out: it''s so',1767225783003,'sent',0,1767225783003,1,0,NULL);
INSERT INTO "status" VALUES(15,'owner/a','0000000000000000000000000000000000000003','019b76dd72dc736ae31d6e461e0d11a2',1,'running','running',1767225784004,'sent',0,1767225784004,1,0,NULL);
INSERT INTO "status" VALUES(16,'owner/a','0000000000000000000000000000000000000003','019b76dd72dc736ae31d6e461e0d11a2',1,'cancelled','cancelled it''s so',1767225844004,'unsent',1,1767226145012,1,0,'503');
INSERT INTO "status" VALUES(23,'owner/b','000000000000000000000000000000000000000a','019b76de61256526b0e96899feb5035e',3,'infra_error','could not be run: attempt 3 of 3: its runner had trouble of its own',1767226044005,'unsent',1,1767226145012,1,0,'503');
INSERT INTO "status" VALUES(24,'owner/b','000000000000000000000000000000000000000b','019b76e2f506489e4c815d41c005e6d5',NULL,'queued','waits for approval',1767226144006,'unsent',0,1767226144006,1,1,NULL);
INSERT INTO "status" VALUES(27,'owner/c','000000000000000000000000000000000000000c','019b76e2f507c17c33675a6bb0595fb3',1,'running','running',1767226144007,'unsent',0,1767226144007,1,1,NULL);
INSERT INTO "status" VALUES(29,'owner/c','000000000000000000000000000000000000000d','019b76e2f508b338013354bf9101516f',1,'assigned','given to a runner',1767226144008,'unsent',0,1767226144008,0,0,NULL);
INSERT INTO "status" VALUES(31,'owner/d','000000000000000000000000000000000000000e','019b76e2f509a4f3ceff4f1371a9432b',1,'assigned','given to a runner',1767226144009,'unsent',0,1767226144009,0,0,NULL);
INSERT INTO "status" VALUES(34,'owner/e','000000000000000000000000000000000000000f','019b76e2f50a96af9ccb4967525134e7',1,'queued','waits for attempt 2 of 3: no disk',1767226144010,'unsent',0,1767226144010,0,0,NULL);
INSERT INTO "status" VALUES(35,'owner/e','0000000000000000000000000000000000000010','019b76e2f50b886b6a9743bb32f926a2',NULL,'queued','waits for a runner',1767226144011,'unsent',0,1767226144011,0,0,NULL);
INSERT INTO "status" VALUES(36,'owner/f','0000000000000000000000000000000000000011','019b76e2f50c0149517d40e5234d9f80',NULL,'queued','waits for a runner',1767226144012,'unsent',0,1767226144012,0,0,NULL);
CREATE UNIQUE INDEX job_active ON job (repository, commit_id) WHERE active = 1;
CREATE INDEX job_ready ON job (repository, labels, priority, id) WHERE ready = 1;
CREATE INDEX job_waiting ON job (id) WHERE not_before IS NOT NULL;
CREATE INDEX job_ended ON job (finished) WHERE active = 0;
CREATE INDEX job_commit ON job (repository, commit_id, id);
CREATE INDEX job_repository ON job (repository, id);
CREATE INDEX job_state ON job (state, id);
CREATE INDEX lane_turn ON lane (labels, priority DESC, running, oldest);
CREATE INDEX attempt_live ON attempt (job, number) WHERE live = 1;
CREATE UNIQUE INDEX attempt_token ON attempt (token);
CREATE INDEX attempt_request ON attempt (runner, request) WHERE live = 1;
CREATE INDEX status_unsent ON status (repository, commit_id, id) WHERE progress = 'unsent';
CREATE INDEX status_due ON status (next_try, id) WHERE progress = 'unsent' AND claimed = 0;
CREATE INDEX status_claimed ON status (id) WHERE claimed = 1;
CREATE INDEX status_job ON status (job, id);
CREATE INDEX delivery_time ON delivery (time);
CREATE INDEX schedule_next ON schedule (next) WHERE next IS NOT NULL;
CREATE INDEX schedule_pending ON schedule (pending) WHERE pending IS NOT NULL;
CREATE INDEX audit_job ON audit (job, number);
CREATE INDEX audit_repository ON audit (repository, number);
CREATE INDEX audit_time ON audit (time);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('status',36);
INSERT INTO "sqlite_sequence" VALUES('audit',38);
COMMIT;
