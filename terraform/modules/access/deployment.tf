# What CI may do from one repository's own environment, without a key that could leak.

locals {
  github_provider_arn = var.makes_github_provider ? one(aws_iam_openid_connect_provider.github[*].arn) : "arn:aws:iam::${local.account}:oidc-provider/token.actions.githubusercontent.com"
}

# An account has one, whichever of its environments has made it.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.github_repository != null && var.makes_github_provider ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "deployment" {
  count = var.github_repository == null ? 0 : 1

  name = "${var.name}-deployment"
  # As long as the workflow's job may take.
  max_session_duration = 19800

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.github_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:${var.github_repository}:environment:${var.environment}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "deployment" {
  count = var.github_repository == null ? 0 : 1

  name = "deploy"
  role = aws_iam_role.deployment[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "UploadRelease"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${var.release_bucket_arn}/*"
      },
      {
        Sid      = "EncryptRelease"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.key_arn
      },
      {
        Sid      = "NameRelease"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:PutParameter"]
        Resource = "arn:aws:ssm:${local.region}:${local.account}:parameter/${var.name}/release"
      },
      {
        Sid    = "RollHosts"
        Effect = "Allow"
        Action = ["autoscaling:CancelInstanceRefresh", "autoscaling:StartInstanceRefresh"]
        Resource = [
          for kind in keys(local.statements) :
          "arn:aws:autoscaling:${local.region}:${local.account}:autoScalingGroup:*:autoScalingGroupName/${var.name}-${kind}"
        ]
      },
      {
        # It knows no resources.
        Sid      = "WatchHosts"
        Effect   = "Allow"
        Action   = "autoscaling:DescribeInstanceRefreshes"
        Resource = "*"
      },
    ]
  })
}
