# What an environment would be, as far as a plan can tell.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment              = "production"
  region                   = "eu-central-1"
  image_id                 = "ami-0123456789abcdef0"
  domain_name              = "events.example.com"
  certificate_arn          = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
  worker_events_per_second = 40
  worker_wait_seconds      = 30
  stop_seconds             = 100
}

run "it_adds_workers_by_what_they_can_do" {
  command = plan

  assert {
    condition     = module.worker.backlog_per_worker == 1200
    error_message = "40 events a second and 30 s of waiting are 1,200 events for each worker."
  }

  assert {
    condition     = module.worker.drain_seconds == 160
    error_message = "A worker has its stop, and a minute more."
  }

  assert {
    condition     = module.task_queue.max_receive_count == 41
    error_message = "Seven retries at most are 41 receives."
  }
}

run "it_takes_other_retries_from_one_place" {
  command = plan

  variables {
    largest_max_retries = 20
  }

  assert {
    condition     = module.task_queue.max_receive_count == 80
    error_message = "Twenty retries at most are 80 receives."
  }
}

run "it_has_no_public_database" {
  command = plan

  module {
    source = "./modules/database"
  }

  variables {
    name                  = "events-production"
    vpc_id                = "vpc-1"
    subnet_ids            = ["subnet-1", "subnet-2"]
    api_security_group_id = "sg-1"
    instance_class        = "db.t4g.small"
    is_multi_az           = true
    is_protected          = true
    backup_retention_days = 14
    log_retention_days    = 30
    key_arn               = "arn:aws:kms:eu-central-1:123456789012:key/1"
  }

  assert {
    condition     = !aws_db_instance.this.publicly_accessible && aws_db_instance.this.storage_encrypted
    error_message = "The database must be private and encrypted."
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "Production's database must be kept, or leave a snapshot."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password == true && aws_db_instance.this.password == null
    error_message = "The password must be RDS's own."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.api.referenced_security_group_id == "sg-1" && aws_vpc_security_group_ingress_rule.api.cidr_ipv4 == null
    error_message = "Only the API's hosts may reach the database."
  }
}

run "it_tags_hosts_so_that_playbooks_find_them" {
  command = plan

  module {
    source = "./modules/host"
  }

  variables {
    name                 = "events-production"
    kind                 = "worker"
    tags                 = { Project = "events", Environment = "production", ManagedBy = "terraform" }
    vpc_id               = "vpc-1"
    vpc_cidr             = "10.40.0.0/16"
    instance_type        = "c6i.large"
    disk_gigabytes       = 20
    instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/worker"
    release_bucket       = "releases"
    settings             = {}
    key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/1"
  }

  assert {
    condition = alltrue([
      for each in aws_launch_template.this.tag_specifications :
      each.tags == tomap({
        Project = "events", Environment = "production", ManagedBy = "terraform",
        Name    = "events-production-worker", Role = "worker"
      })
    ]) && length(aws_launch_template.this.tag_specifications) == 2
    error_message = "Hosts and their disks take the environment's tags, their name and their role."
  }
}

run "it_gives_no_right_to_everything" {
  command = apply

  module {
    source = "./modules/access"
  }

  variables {
    name                = "events-production"
    events_table_arn    = "arn:aws:dynamodb:eu-central-1:123456789012:table/events"
    platform_table_arn  = "arn:aws:dynamodb:eu-central-1:123456789012:table/platform"
    queue_arns          = { work = "arn:work", dead_letter = "arn:dead-letter", worker_events = "arn:worker-events" }
    database_secret_arn = "arn:database"
    secret_key_arn      = "arn:secret-key"
    release_bucket_arn  = "arn:release"
    key_arn             = "arn:key"
    github_repository   = "example/events"
  }

  assert {
    condition = alltrue([
      for statement in flatten([for policy in values(output.policies) : jsondecode(policy).Statement]) :
      alltrue([for action in flatten([statement.Action]) : !strcontains(action, "*")])
    ])
    error_message = "Every action is named in full."
  }

  assert {
    condition = toset(flatten([
      for statement in flatten([for policy in values(output.policies) : jsondecode(policy).Statement]) :
      statement.Action if contains(flatten([statement.Resource]), "*")
      ])) == toset([
      "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ])
    error_message = "Only what knows no resources may be allowed on all."
  }

  assert {
    condition     = jsondecode(aws_iam_role.deployment[0].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == "repo:example/events:environment:production"
    error_message = "Only this repository's own environment may deploy."
  }
}

run "it_lets_groups_start_hosts_with_encrypted_disks" {
  command = apply

  module {
    source = "./modules/encryption"
  }

  variables {
    name = "events-production"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      statement.Condition.StringEquals["kms:CallerAccount"] == "123456789012" && contains(
        statement.Condition.ArnLike["aws:PrincipalArn"],
        "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/*",
      ) if try(statement.Principal.AWS, "") == "*"
    ])
    error_message = "Whoever uses the key by its own policy is a service that starts hosts."
  }

  assert {
    condition = toset([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      statement.Sid if try(statement.Principal.AWS, "") == "*"
    ]) == toset(["StartHosts", "HostDisks"])
    error_message = "Groups get their rights from the key itself: their service's role has no others."
  }
}
