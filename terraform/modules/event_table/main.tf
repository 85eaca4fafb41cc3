# The two tables, as events/store/models.py declares them; a test compares the two.

locals {
  # Keys only: a list reads the events themselves in one batch.
  indexes = {
    by_time = { partition_key = "time_key", sort_key = "sort_key" }
    by_type = { partition_key = "type_key", sort_key = "sort_key" }
    dead    = { partition_key = "dead_key", sort_key = "sort_key" }
    open    = { partition_key = "open_key", sort_key = "due_at" }
  }
  event_attributes = {
    event_id = "S"
    time_key = "S"
    type_key = "S"
    dead_key = "S"
    open_key = "S"
    sort_key = "S"
    due_at   = "N"
  }
}

resource "aws_dynamodb_table" "event" {
  name                        = "${var.name}-events"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "event_id"
  deletion_protection_enabled = var.is_protected

  dynamic "attribute" {
    for_each = local.event_attributes

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.partition_key
      range_key       = global_secondary_index.value.sort_key
      projection_type = "KEYS_ONLY"
    }
  }

  ttl {
    enabled        = true
    attribute_name = "expires_at"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}

resource "aws_dynamodb_table" "platform" {
  name                        = "${var.name}-platform"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "kind"
  range_key                   = "name"
  deletion_protection_enabled = var.is_protected

  attribute {
    name = "kind"
    type = "S"
  }

  attribute {
    name = "name"
    type = "S"
  }

  ttl {
    enabled        = true
    attribute_name = "expires_at"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}
