"""Learning: questions in a random order, each with a few of its passages, most of them hard to tell from the right one.

A question's loss is that of choosing (a softmax over its windows, and over all their units, with several right ones:
Provence, Chirkova et al. 2025, learns both in one pass) and that of judging (sigmoids, so that scores can be read as
chances). AdamW with a linear warm-up and decay. Several processes of one thread each average their gradients: small
layers are bound by memory, and two threads on one of them wait for each other.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as group
from torch import Tensor, multiprocessing
from torch.nn import functional

from retriever.embedding.weights import packaged_weights, read_weights
from retriever.lab.training.reader.examples import Example, Lesson
from retriever.lab.training.reader.network import Batch, Reading

Tell = Callable[[int, int, float], None]
_RIGHT = 2  # windows with a right unit, of those that a question brings to a step
_UNIT_WEIGHT = 3.0  # of a right unit among the wrong ones, of which there are many more
_JUDGING = 0.5
_WARM = 0.06
_AT_ONCE = 2  # questions in one forward pass


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn. ``body`` and ``heads`` are the highest rates; ``begin`` a file of weights to go on from."""

    seed: int = 0
    passes: float = 1.0
    questions: int = 8  # a step, over all processes
    windows: int = 4  # a question
    body: float = 7e-5
    heads: float = 5e-4
    processes: int = 2
    begin: Path | None = None
    save: Path | None = None
    device: str = "cpu"


def learn(lessons: Sequence[Lesson], plan: Plan, tell: Tell = lambda *_: None) -> dict[str, Tensor]:
    """The learned weights by name; the same lessons and plan give the same order of questions."""
    with tempfile.TemporaryDirectory(prefix="kb-train-") as folder:
        out = Path(folder) / "weights.pt"
        if plan.processes == 1:
            _work(0, lessons, plan, folder, out, tell)
        else:
            multiprocessing.spawn(_work, (lessons, plan, folder, out, tell), nprocs=plan.processes)
        found: dict[str, Tensor] = torch.load(out, weights_only=True)
        return found


def _work(rank: int, lessons: Sequence[Lesson], plan: Plan, folder: str, out: Path, tell: Tell) -> None:
    torch.set_num_threads(1 if plan.device == "cpu" else os.cpu_count() or 1)
    torch.manual_seed(plan.seed + rank)
    if plan.processes > 1:
        group.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=plan.processes)
    network = Reading(read_weights(packaged_weights())).to(plan.device)
    if plan.begin:
        network.load_state_dict(torch.load(plan.begin, weights_only=True))
    learned = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(network.groups(plan.body, plan.heads), weight_decay=0.01, fused=True)
    steps = max(int(plan.passes * len(lessons) / plan.questions), 1)
    warm = max(int(steps * _WARM), 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min((n + 1) / warm, (steps - n) / max(steps - warm, 1)))
    random = np.random.default_rng(plan.seed)  # every process deals the same cards, and plays its own
    order: list[int] = []
    mean = 0.0
    network.train()
    for step in range(steps):
        if len(order) < plan.questions:
            order += random.permutation(len(lessons)).tolist()
        mine = order[rank:plan.questions:plan.processes]
        order = order[plan.questions:]
        seeds = np.random.default_rng((plan.seed, step, rank))
        loss = _step(network, [lessons[i] for i in mine], plan, seeds)
        if plan.processes > 1:
            _average(learned, plan.processes)
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=False)
        mean = loss if not step else 0.98 * mean + 0.02 * loss
        if rank == 0:
            tell(step + 1, steps, mean)
            if plan.save and (step + 1) % 100 == 0:
                torch.save(network.state_dict(), plan.save)
    if rank == 0:
        torch.save(network.state_dict(), out)


def _average(learned: Sequence[Tensor], processes: int) -> None:
    """The mean of all processes' gradients, sent as one."""
    flat = torch.cat([p.grad.reshape(-1) for p in learned if p.grad is not None])
    group.all_reduce(flat)
    flat /= processes
    at = 0
    for p in learned:
        if p.grad is not None:
            p.grad.copy_(flat[at:at + p.numel()].view_as(p))
            at += p.numel()


def _step(network: Reading, lessons: Sequence[Lesson], plan: Plan, random: np.random.Generator) -> float:
    """Gradients of these questions' mean loss; the loss."""
    total = 0.0
    for at in range(0, len(lessons), _AT_ONCE):
        chosen = [_chosen(lesson, plan.windows, random) for lesson in lessons[at:at + _AT_ONCE]]
        batch = Batch.of([e.window for examples in chosen for e in examples], plan.device)
        with torch.autocast(plan.device, torch.bfloat16):
            passages, units = network(batch)
        loss, first, unit = torch.zeros((), device=plan.device), 0, 0
        for examples in chosen:
            sizes = [len(e.right) for e in examples]
            loss = loss + _loss(examples, passages[first:first + len(examples)], units[unit:unit + sum(sizes)])
            first, unit = first + len(examples), unit + sum(sizes)
        loss = loss / len(lessons)
        loss.backward()
        total += float(loss.detach())
    return total


def _chosen(lesson: Lesson, most: int, random: np.random.Generator) -> list[Example]:
    """Right windows, then half of the room for neighbours in their articles, then what else was found, best first."""
    right = [e for e in lesson.examples if any(e.right)]
    near = [e for e in lesson.examples if e.is_near and not any(e.right)]
    far = [e for e in lesson.examples if not e.is_near]
    taken = _some(right, min(_RIGHT, most - 1), random)
    room = most - len(taken)
    taken += _some(near, (room + 1) // 2, random)
    taken += _some(far, most - len(taken), random)
    return taken + _some([e for e in near if e not in taken], most - len(taken), random)


def _some(examples: Sequence[Example], most: int, random: np.random.Generator) -> list[Example]:
    """Some of them, the likelier the better they were ranked."""
    if len(examples) <= most:
        return list(examples)
    if most <= 0:
        return []
    chance = np.array([1.0 / (3 + (e.place if e.place >= 0 else 0)) for e in examples])
    return [examples[i] for i in random.choice(len(examples), most, replace=False, p=chance / chance.sum())]


def _loss(examples: Sequence[Example], passages: Tensor, units: Tensor) -> Tensor:
    right = torch.tensor([any(e.right) for e in examples], device=passages.device)
    belongs = torch.tensor([r for e in examples for r in e.right], device=passages.device)
    judged = functional.binary_cross_entropy_with_logits(passages, right.float())
    weight = 1 + (_UNIT_WEIGHT - 1) * belongs.float()
    loss = _JUDGING * (judged + (functional.binary_cross_entropy_with_logits(
        units, belongs.float(), weight) if len(units) else 0.0))
    if right.any():
        loss = loss + _missed(passages, right) + _missed(units, belongs)
    return loss


def _missed(logits: Tensor, right: Tensor) -> Tensor:
    """Minus the log of the share of the softmax that the right ones hold."""
    return torch.logsumexp(logits, 0) - torch.logsumexp(logits[right], 0)


def saved(weights: dict[str, Any], path: Path) -> None:
    """Keep the weights, to go on from or to export."""
    torch.save(weights, path)
