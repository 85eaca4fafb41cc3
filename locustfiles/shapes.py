"""How many users there are when: add this file to those of the personas, with --shape."""

from locust import LoadTestShape

from locustfiles.load.stages import SHAPES, stage_at


class Shape(LoadTestShape):
    """Goes through the stages of --shape, at most --users for --run-time in all."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None  # noqa: S101  # Locust sets it before it starts
        options = self.runner.environment.parsed_options
        assert options is not None  # noqa: S101
        if not options.run_time:
            return options.num_users, options.spawn_rate
        seconds: float = self.get_run_time()  # type: ignore[no-untyped-call]
        stage = stage_at(SHAPES[options.shape], seconds / options.run_time)
        if stage is None:
            return None
        return max(1, round(options.num_users * stage.users)), options.spawn_rate
