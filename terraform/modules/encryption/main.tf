# One key for everything that an environment keeps: tables, queues, disks, secrets, logs.

data "aws_caller_identity" "this" {}
data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  region  = data.aws_region.this.name
  # Roles of services that start hosts. IAM lets nobody give them a right, so the key itself must;
  # naming the account's root would leave it to IAM. Not a principal by name: in a new account
  # these roles do not exist yet, and KMS refuses a policy that names nobody.
  # https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
  host_starters = {
    StringEquals = { "kms:CallerAccount" = local.account }
    ArnLike = {
      "aws:PrincipalArn" = [
        for service in ["autoscaling", "spot"] :
        "arn:aws:iam::${local.account}:role/aws-service-role/${service}.amazonaws.com/*"
      ]
    }
  }
}

resource "aws_kms_key" "this" {
  description             = "Everything that ${var.name} keeps"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Without it nobody could manage the key; IAM policies decide who in the account uses it.
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Logs"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = [
              for group in ["/${var.name}", "/aws/rds/instance/${var.name}"] :
              "arn:aws:logs:${local.region}:${local.account}:log-group:${group}/*"
            ]
          }
        }
      },
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
      },
      {
        # Hosts have encrypted disks.
        Sid       = "StartHosts"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:CreateGrant"]
        Resource  = "*"
        Condition = merge(local.host_starters, { Bool = { "kms:GrantIsForAWSResource" = "true" } })
      },
      {
        Sid       = "HostDisks"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
        Resource  = "*"
        Condition = local.host_starters
      },
    ]
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
