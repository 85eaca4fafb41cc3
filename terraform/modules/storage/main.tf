# Two buckets: releases that hosts fetch, and what the load balancer logs.

data "aws_caller_identity" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  buckets = { release = aws_s3_bucket.release, log = aws_s3_bucket.log }
}

resource "aws_s3_bucket" "release" {
  bucket        = "${var.name}-release-${local.account}"
  force_destroy = !var.is_protected
}

resource "aws_s3_bucket" "log" {
  bucket        = "${var.name}-log-${local.account}"
  force_destroy = !var.is_protected
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "release" {
  bucket = aws_s3_bucket.release.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key_arn
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "log" {
  bucket = aws_s3_bucket.log.id

  rule {
    apply_server_side_encryption_by_default {
      # The only kind that load balancers can write to.
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = {
    release = { expires_days = null, forgotten_days = 90 }
    log     = { expires_days = var.log_retention_days, forgotten_days = 1 }
  }

  bucket = local.buckets[each.key].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    dynamic "expiration" {
      for_each = each.value.expires_days == null ? [] : [each.value.expires_days]

      content {
        days = expiration.value
      }
    }

    noncurrent_version_expiration {
      noncurrent_days = each.value.forgotten_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_policy" "release" {
  bucket = aws_s3_bucket.release.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.tls_only.release]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_policy" "log" {
  bucket = aws_s3_bucket.log.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.tls_only.log,
      {
        Sid       = "LoadBalancer"
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.log.arn}/load-balancer/AWSLogs/${local.account}/*"
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

locals {
  tls_only = {
    for kind, bucket in local.buckets : kind => {
      Sid       = "TLSOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [bucket.arn, "${bucket.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
}
