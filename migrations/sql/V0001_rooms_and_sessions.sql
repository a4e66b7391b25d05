-- What the server keeps: which rooms there were, who was in them and how each stay ended, and the tracks they sent.
-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- One row for each time the server process ran. Its sign of life dates what a crash left open.
CREATE TABLE runs (
    id         INTEGER PRIMARY KEY,
    version    TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    alive_at   INTEGER NOT NULL,           -- the last heartbeat or batch
    ended_at   INTEGER,                    -- null while it runs
    end_reason TEXT                        -- 'stopped', or 'server-crash' found at the next start
) STRICT;

-- A room from its creation to its end; a name that is used again later is another row.
CREATE TABLE rooms (
    id           TEXT    NOT NULL PRIMARY KEY,
    run_id       INTEGER NOT NULL REFERENCES runs (id),
    name         TEXT    NOT NULL,
    display_name TEXT,
    created_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    end_reason   TEXT
) STRICT;

CREATE INDEX rooms_by_name ON rooms (name, created_at);
CREATE INDEX rooms_open ON rooms (run_id) WHERE ended_at IS NULL;

-- One participant's stay in one room.
CREATE TABLE sessions (
    id              TEXT    NOT NULL PRIMARY KEY,
    run_id          INTEGER NOT NULL REFERENCES runs (id),
    room_id         TEXT    NOT NULL REFERENCES rooms (id),
    room_name       TEXT    NOT NULL,      -- beside rooms.name, so that one index answers "this room, newest first"
    name            TEXT    NOT NULL,
    identity        TEXT,
    address         TEXT,                  -- where the signalling came from, last
    user_agent      TEXT,
    started_at      INTEGER NOT NULL,
    connected_at    INTEGER,               -- media flowed for the first time
    media_address   TEXT,                  -- where media went, last
    interruptions   INTEGER NOT NULL DEFAULT 0,
    resumptions     INTEGER NOT NULL DEFAULT 0,
    last_interruption TEXT,
    ended_at        INTEGER,
    end_reason      TEXT,
    end_detail      TEXT
) STRICT;

CREATE INDEX sessions_by_start ON sessions (started_at, id);
CREATE INDEX sessions_by_room ON sessions (room_name, started_at, id);
CREATE INDEX sessions_by_identity ON sessions (identity, started_at, id) WHERE identity IS NOT NULL;
CREATE INDEX sessions_by_reason ON sessions (end_reason, started_at, id) WHERE end_reason IS NOT NULL;
CREATE INDEX sessions_open ON sessions (started_at, id) WHERE ended_at IS NULL;
CREATE INDEX sessions_of_room ON sessions (room_id);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- What a participant sent.
CREATE TABLE tracks (
    id         TEXT    NOT NULL PRIMARY KEY,
    session_id TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    source     TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    mid        TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;

CREATE INDEX tracks_of_session ON tracks (session_id, started_at);
