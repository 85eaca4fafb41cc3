# Who may call what: the platform's own calls by kind of host, then what every host needs.

locals {
  store = [
    {
      Sid      = "EventsTable"
      Effect   = "Allow"
      Action   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"]
      Resource = var.events_table_arn
    },
    {
      Sid      = "EventsIndexes"
      Effect   = "Allow"
      Action   = "dynamodb:Query"
      Resource = local.indexes
    },
    {
      Sid    = "PlatformTable"
      Effect = "Allow"
      Action = [
        "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate", "dynamodb:PutItem", "dynamodb:Query",
      ]
      Resource = var.platform_table_arn
    },
  ]

  statements = {
    api = concat(local.store, [
      {
        Sid      = "ErasePayloads"
        Effect   = "Allow"
        Action   = "dynamodb:PartiQLDelete"
        Resource = var.events_table_arn
      },
      {
        # manage.py audit reads the table from end to end.
        Sid      = "Audit"
        Effect   = "Allow"
        Action   = "dynamodb:Scan"
        Resource = var.events_table_arn
      },
      {
        Sid      = "Dispatch"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.queue_arns["work"]
      },
      {
        Sid      = "Database"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = var.database_secret_arn
      },
    ])

    worker = concat(local.store, [
      {
        Sid    = "Work"
        Effect = "Allow"
        # Changing visibility is how a heartbeat keeps a message, and how a retry waits.
        Action = [
          "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage",
        ]
        Resource = var.queue_arns["work"]
      },
      {
        # Copies of dead events go there; what SQS moved by itself is read, and put back or deleted.
        Sid      = "DeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = var.queue_arns["dead_letter"]
      },
      {
        Sid      = "WorkerEvents"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.queue_arns["worker_events"]
      },
    ])

    monitoring = [
      {
        Sid      = "WorkerEvents"
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
        Resource = var.queue_arns["worker_events"]
      },
      {
        # The lease that lets one exporter read at a time, and which workers live.
        Sid      = "PlatformTable"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:Query"]
        Resource = var.platform_table_arn
      },
      {
        # How many events are open, and since when the first is overdue.
        Sid      = "OpenEvents"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = local.indexes
      },
      {
        # Where Prometheus finds its targets; these calls know no resources.
        Sid      = "Targets"
        Effect   = "Allow"
        Action   = ["ec2:DescribeAvailabilityZones", "ec2:DescribeInstances"]
        Resource = "*"
      },
      {
        # The disk outlives the host: the next one takes it over.
        Sid      = "Disk"
        Effect   = "Allow"
        Action   = ["ec2:AttachVolume", "ec2:DetachVolume"]
        Resource = ["arn:aws:ec2:${local.region}:${local.account}:volume/*", "arn:aws:ec2:${local.region}:${local.account}:instance/*"]
        Condition = {
          StringEquals = { "aws:ResourceTag/Environment" = var.environment, "aws:ResourceTag/Role" = "monitoring" }
        }
      },
    ]
  }

  common = {
    for kind in ["api", "worker", "monitoring"] : kind => [
      {
        # What manage.py doctor compares with the settings.
        Sid      = "Tables"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"]
        Resource = [var.events_table_arn, var.platform_table_arn]
      },
      {
        # That, too, and how deep they are.
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = "sqs:GetQueueAttributes"
        Resource = values(var.queue_arns)
      },
      {
        Sid    = "Configuration"
        Effect = "Allow"
        Action = ["ssm:GetParameter", "ssm:GetParametersByPath"]
        Resource = [
          for name in ["release", "environment", "sources"] :
          "arn:aws:ssm:${local.region}:${local.account}:parameter/${var.name}/${name}"
        ]
      },
      {
        Sid      = "SecretKey"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = var.secret_key_arn
      },
      {
        Sid      = "Release"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${var.release_bucket_arn}/*"
      },
      {
        # Encrypted queues, buckets and secrets; DynamoDB uses the key by a grant of its own.
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.key_arn
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:${local.region}:${local.account}:log-group:/${var.name}/${kind}", "arn:aws:logs:${local.region}:${local.account}:log-group:/${var.name}/${kind}:*"]
      },
      {
        # The group's ARN holds an id that nobody knows before it is made; its name is enough.
        Sid      = "Lifecycle"
        Effect   = "Allow"
        Action   = ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"]
        Resource = "arn:aws:autoscaling:${local.region}:${local.account}:autoScalingGroup:*:autoScalingGroupName/${var.name}-${kind}"
      },
      {
        # Session Manager, in place of SSH; its calls know no resources.
        Sid    = "Sessions"
        Effect = "Allow"
        Action = [
          "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
        ]
        Resource = "*"
      },
    ]
  }
}
