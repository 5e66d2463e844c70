-- A ledger as the first schema had it: a run of six changes that was interrupted.
BEGIN TRANSACTION;
CREATE TABLE scopes (
  number INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  resource TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  sum BIGINT NOT NULL
);
INSERT INTO scopes VALUES(1,'https://api.example.org tenant_id=7','cro/contact',4,451956664);
CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  scope BIGINT NOT NULL,
  changes BIGINT NOT NULL, -- number of changes in the plan, -1 while the plan is being written
  body TEXT NOT NULL,
  settings BLOB NOT NULL,
  sum BIGINT NOT NULL,
  sequence BIGINT NOT NULL, -- from here on: written with each group of intents and outcomes
  intents BIGINT NOT NULL,
  outcomes BIGINT NOT NULL,
  doubts BIGINT NOT NULL,
  progress_sum BIGINT NOT NULL
);
INSERT INTO runs VALUES(1,'20261121-old',1,6,'{"id":"20261121-old","command":"sync","target":"cro","resource":"cro/contact","account":"https://api.example.org tenant_id=7","state":"planned","source":{"file":"kontakte.xlsx","sheet":"Übersicht","sha256":"ab12","rows":3},"hashes":{"sheet":"ab12","job":"cd34","target":"ef56"},"started":"2026-11-21T04:03:02.123456789Z","finished":"0001-01-01T00:00:00Z","exit_code":0,"requests":{"forecast":0,"sent":0,"retried":0,"throttled":0},"version":"1.2.3"}',X'7b226122203a20312c00ff7d',1975179040,4,4,3,2,4042813562);
CREATE TABLE changes (
  id INTEGER PRIMARY KEY, -- run number * 2^32 + seq
  line BIGINT NOT NULL,
  action TEXT NOT NULL,
  status TEXT NOT NULL,
  record_id TEXT NOT NULL,
  identity TEXT NOT NULL,
  record TEXT NOT NULL,
  before TEXT NOT NULL,
  problems TEXT NOT NULL,
  sum BIGINT NOT NULL
);
INSERT INTO changes VALUES(4294967297,2,'create','','','a','{"name":"s:a"}','','',1536086691);
INSERT INTO changes VALUES(4294967298,3,'create','','','b','{"name":"s:b"}','','',3951741574);
INSERT INTO changes VALUES(4294967299,4,'create','','','c','{"name":"s:c"}','','',3175153248);
INSERT INTO changes VALUES(4294967300,5,'create','','','d','{"name":"s:d"}','','',691377602);
INSERT INTO changes VALUES(4294967301,6,'create','','','e','{"name":"s:e"}','','',3634673883);
INSERT INTO changes VALUES(4294967302,7,'','invalid','','','','','',3029447868);
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY, -- run number * 2^32 + count of the run's intents
  change_id BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  intended_at BIGINT NOT NULL,
  status TEXT NOT NULL, -- '' while nothing was heard
  http_status BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  sum BIGINT NOT NULL
);
INSERT INTO attempts VALUES(4294967297,4294967297,1,'q1',1795245308992500704,'created',201,1795245308994113259,2289940983);
INSERT INTO attempts VALUES(4294967298,4294967298,1,'q2',1795245308992996273,'rejected',422,1795245308994114231,692828);
INSERT INTO attempts VALUES(4294967299,4294967299,1,'q3',1795245308993402950,'in_doubt',0,1795245308994114962,133147569);
INSERT INTO attempts VALUES(4294967300,4294967300,1,'q4',1795245308993759181,'',0,0,4232823196);
CREATE TABLE outcomes (
  change_id INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  record_id TEXT NOT NULL,
  code TEXT NOT NULL,
  field TEXT NOT NULL,
  message TEXT NOT NULL,
  http_status BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  concluded_at BIGINT NOT NULL,
  sum BIGINT NOT NULL
);
INSERT INTO outcomes VALUES(4294967297,'created','100','','','',201,1,'q100',1795245308994113259,3561231380);
INSERT INTO outcomes VALUES(4294967298,'rejected','','api_rejected','email','used already',422,1,'q2',1795245308994114231,408994034);
INSERT INTO outcomes VALUES(4294967299,'in_doubt','','in_doubt','','reset',0,1,'q3',1795245308994114962,3162115853);
CREATE TABLE ids (
  scope BIGINT NOT NULL,
  identity TEXT NOT NULL,
  record_id TEXT NOT NULL,
  run TEXT NOT NULL,
  sum BIGINT NOT NULL,
  PRIMARY KEY (scope, identity)
) WITHOUT ROWID;
INSERT INTO ids VALUES(1,'a','100','20261121-old',1079287485);
CREATE TABLE cache (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  data BLOB NOT NULL,
  stored_at BIGINT NOT NULL,
  sum BIGINT NOT NULL,
  PRIMARY KEY (account, name)
) WITHOUT ROWID;
INSERT INTO cache VALUES('https://api.example.org tenant_id=7','categories',X'7b2261223a317d',1795245308994829628,857579961);
CREATE TABLE schema_version (version BIGINT NOT NULL);
INSERT INTO schema_version VALUES(1);
COMMIT;
