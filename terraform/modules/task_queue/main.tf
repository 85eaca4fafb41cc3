# The work queue with its dead-letter queue, and the queue of worker events.

locals {
  fourteen_days = 1209600
  five_minutes  = 300
  # Deploys and outages use up receives too; tasks/queues.py has the same sum and refuses less.
  max_receive_count = 3 * var.largest_max_retries + 20
  queues            = { work = aws_sqs_queue.work, dead_letter = aws_sqs_queue.dead_letter, worker_events = aws_sqs_queue.worker_events }
}

resource "aws_sqs_queue" "work" {
  name                              = "${var.name}-work"
  visibility_timeout_seconds        = var.visibility_seconds
  message_retention_seconds         = local.fourteen_days
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 3600

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = local.max_receive_count
  })
}

resource "aws_sqs_queue" "dead_letter" {
  name                              = "${var.name}-dead-letter"
  message_retention_seconds         = local.fourteen_days
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 3600
}

# No other queue may leave its dead letters here.
resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.work.arn]
  })
}

resource "aws_sqs_queue" "worker_events" {
  name                              = "${var.name}-worker-events"
  message_retention_seconds         = local.five_minutes
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 3600
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queues

  queue_url = each.value.id
  # One change of a queue after the other: of two at once, moto loses one.
  depends_on = [aws_sqs_queue_redrive_allow_policy.dead_letter]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TLSOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = each.value.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
