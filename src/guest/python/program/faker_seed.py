"""Gives an old Faker the two forms in which programs call a new one: `Faker.seed(0)`, and a list of locales."""

import sys
from typing import Any


def add_seed(faker: Any) -> None:
    create = faker.Faker
    if hasattr(create, "seed"):
        return

    def Faker(locale: Any = None, *given: Any, **options: Any) -> Any:
        chosen = (locale or [None])[0] if isinstance(locale, (list, tuple)) else locale
        return create(chosen, *given, **options)

    made: Any = Faker
    generator: Any = sys.modules["faker.generator"]
    made.seed = generator.Generator.seed if hasattr(generator.Generator, "seed") else generator.random.seed
    faker.Faker = made
