-- Sounds, videos and office documents beside pictures and PDF; how long they are, and what is shown of them.

ALTER TABLE files DROP CONSTRAINT files_content_type_check;
ALTER TABLE files ADD CONSTRAINT files_content_type_check CHECK (
    content_type IN (
        'image/png', 'image/jpeg', 'image/webp', 'application/pdf',
        'audio/webm', 'audio/ogg', 'audio/mp4', 'audio/mpeg', 'audio/wav',
        'video/mp4', 'video/webm', 'video/quicktime',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        'application/vnd.openxmlformats-officedocument.presentationml.presentation'
    )
);
ALTER TABLE files
    ADD COLUMN duration_ms bigint NOT NULL DEFAULT 0 CHECK (duration_ms >= 0),
    ADD COLUMN preview_state text NOT NULL DEFAULT 'none'
        CHECK (preview_state IN ('none', 'waiting', 'ready', 'failed')),
    ADD COLUMN preview_id uuid UNIQUE CHECK ((preview_id IS NOT NULL) = (preview_state = 'ready'));

CREATE POLICY previewed ON files FOR UPDATE USING ((SELECT scopecast_is_system()));
