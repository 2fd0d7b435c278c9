-- A relay's own history, newest first.
CREATE INDEX activity_of_resource ON activity (resource_id, seq);
