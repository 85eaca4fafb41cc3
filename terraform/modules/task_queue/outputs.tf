output "names" {
  description = "The queues' names, by kind: work, dead_letter, worker_events."
  value       = { for kind, queue in local.queues : kind => queue.name }
}

output "arns" {
  description = "Their ARNs."
  value       = { for kind, queue in local.queues : kind => queue.arn }
}

output "url_prefix" {
  description = "What stands before a queue's name in its address: QUEUE_URL_PREFIX."
  value       = trimsuffix(aws_sqs_queue.work.id, "/${aws_sqs_queue.work.name}")
}

output "max_receive_count" {
  description = "How often a message may be received before SQS sets it aside."
  value       = local.max_receive_count
}
