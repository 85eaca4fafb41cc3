# What must page even when the monitoring host is down. All else is Prometheus's to say.

resource "aws_sns_topic" "this" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.key_arn
}

resource "aws_sns_topic_subscription" "email" {
  count = var.email == null ? 0 : 1

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = var.email
}

locals {
  load_balancer = { LoadBalancer = var.load_balancer_suffix }
  api           = merge(local.load_balancer, { TargetGroup = var.target_group_suffix })
  database      = { DBInstanceIdentifier = var.database_id }

  # Namespace, metric, statistic, comparison, threshold, minutes in a row, dimensions, meaning.
  rows = merge(
    {
      dead-letters      = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", ">", 0, 1, { QueueName = var.queue_names["dead_letter"] }, "Events are dead, or SQS set messages aside."]
      no-healthy-api    = ["AWS/ApplicationELB", "HealthyHostCount", "Maximum", "<", 1, 2, local.api, "No API host is healthy."]
      api-errors        = ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", ">", 50, 3, local.api, "The API answers with 5xx."]
      refused-requests  = ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", ">", 50, 3, local.load_balancer, "The load balancer finds no host that answers."]
      slow-api          = ["AWS/ApplicationELB", "TargetResponseTime", "p99", ">", 2, 5, local.api, "One request in a hundred takes more than 2 s."]
      database-disk     = ["AWS/RDS", "FreeStorageSpace", "Minimum", "<", 2147483648, 5, local.database, "The database has less than 2 GiB left."]
      database-cpu      = ["AWS/RDS", "CPUUtilization", "Average", ">", 90, 15, local.database, "The database's CPU is at its end."]
      database-sessions = ["AWS/RDS", "DatabaseConnections", "Maximum", ">", 80, 5, local.database, "The database runs out of connections."]
    },
    {
      for table in var.table_names : "throttled-${table}" =>
      ["AWS/DynamoDB", "ThrottledRequests", "Sum", ">", 10, 5, { TableName = table }, "DynamoDB throttles ${table}."]
    },
    {
      for group, minimum in var.group_minimums : "missing-${group}" =>
      ["AWS/AutoScaling", "GroupInServiceInstances", "Maximum", "<", minimum, 15, { AutoScalingGroupName = group }, "${group} has fewer hosts than its least: new ones do not configure themselves."]
    },
  )
  alarms = {
    for name, row in local.rows : name => {
      namespace  = row[0]
      metric     = row[1]
      statistic  = row[2]
      is_above   = row[3] == ">"
      threshold  = row[4]
      minutes    = row[5]
      dimensions = row[6]
      meaning    = row[7]
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.meaning
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.is_above ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.minutes
  period              = 60
  dimensions          = each.value.dimensions
  # A host or a queue that says nothing is as bad as one that says nothing good.
  treat_missing_data = each.value.is_above ? "notBreaching" : "breaching"
  alarm_actions      = [aws_sns_topic.this.arn]
  ok_actions         = [aws_sns_topic.this.arn]
}

# Retries that wait are not in it, since they are received; backlog that nobody works on is.
resource "aws_cloudwatch_metric_alarm" "stalled" {
  alarm_name          = "${var.name}-work-stalled"
  alarm_description   = "Ready events wait longer than ${var.wait_seconds} s, whatever scaling does."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.wait_seconds
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]

  metric_query {
    id          = "wait"
    label       = "Seconds that a ready message waits"
    expression  = "IF(visible > 0, visible * 60 / IF(received > 0, received, 1), 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      visible  = { metric = "ApproximateNumberOfMessagesVisible", stat = "Average" }
      received = { metric = "NumberOfMessagesReceived", stat = "Sum" }
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value.metric
        stat        = metric_query.value.stat
        period      = 60
        dimensions  = { QueueName = var.queue_names["work"] }
      }
    }
  }
}
