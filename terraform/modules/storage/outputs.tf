output "release_bucket" {
  description = "The bucket of releases."
  value       = aws_s3_bucket.release.id
}

output "release_bucket_arn" {
  description = "Its ARN."
  value       = aws_s3_bucket.release.arn
}

output "log_bucket" {
  description = "The bucket of the load balancer's logs, not before the load balancer may write."
  value       = aws_s3_bucket_policy.log.bucket
}
