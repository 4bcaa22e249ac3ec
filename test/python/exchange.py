"""Reads what this project has exported and writes what it must read, with the field's own tools.

    python exchange.py FOLDER

exchange.test.ts fills FOLDER with exports, runs this and reads the figures that it prints as one JSON document. Needs torch;
safetensors, onnxruntime and tensorboard are used where they are installed.
"""

import importlib
import json
import os
import sys

import numpy as np
import torch
from torch import nn


class BasicBlock(nn.Module):
    """Of the study's ResNet-18."""

    def __init__(self, before: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != planes:
            self.shortcut = nn.Sequential(nn.Conv2d(before, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(out + self.shortcut(x))


class ResNet18(nn.Module):
    """The study's ResNet-18 for images of 32 pixels a side."""

    def __init__(self, width: int, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        before = width
        for index, stride in enumerate((1, 2, 2, 2)):
            planes = width * 2**index
            setattr(
                self,
                f"layer{index + 1}",
                nn.Sequential(BasicBlock(before, planes, stride), BasicBlock(planes, planes, 1)),
            )
            before = planes
        self.linear = nn.Linear(before, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.bn1(self.conv1(x)))
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return self.linear(x.mean(dim=(2, 3)))


def features(configuration: tuple, width: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    before = 3
    for entry in configuration:
        if entry == "pool":
            layers.append(nn.MaxPool2d(2, 2))
            continue
        layers.append(nn.Conv2d(before, entry * width, 3, 1, 1))
        before = entry * width
        if batch_norm:
            layers.append(nn.BatchNorm2d(before))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class VGG11(nn.Module):
    """The study's VGG-11 without batch norm and without dropout."""

    def __init__(self, width: int, classes: int = 10) -> None:
        super().__init__()
        self.features = features((1, "pool", 2, "pool", 4, 4, "pool", 8, 8, "pool", 8, 8, "pool"), width, False)
        hidden = 8 * width
        self.classifier = nn.Sequential(
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x).flatten(1))


class VGG16(nn.Module):
    """torchvision's vgg16_bn."""

    def __init__(self, width: int, classes: int = 10) -> None:
        super().__init__()
        configuration = (1, 1, "pool", 2, 2, "pool", 4, 4, 4, "pool", 8, 8, 8, "pool", 8, 8, 8, "pool")
        self.features = features(configuration, width, True)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(8 * width * 49, 64 * width), nn.ReLU(), nn.Dropout(),
            nn.Linear(64 * width, 64 * width), nn.ReLU(), nn.Dropout(),
            nn.Linear(64 * width, classes),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


networks = {"resnet18": ResNet18, "vgg11": VGG11, "vgg16-bn": VGG16}


def optional(name: str):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def relative(found, expected: np.ndarray) -> float:
    """Greatest difference as a share of the greatest expected value."""
    difference = np.abs(np.asarray(found, dtype=np.float64) - expected).max()
    return float(difference / np.abs(expected).max())


def logits_of(kind: str, width: int, state: dict, images: torch.Tensor) -> np.ndarray:
    """Loads by names, every one of which must be there and no other, and infers."""
    network = networks[kind](width)
    network.load_state_dict(state, strict=True)
    with torch.no_grad():
        return network.eval()(images).numpy()


def check_network(folder: str, kind: str, width: int) -> dict:
    """How far the logits are from ours, by format; null where the tool is not installed."""
    path = os.path.join(folder, kind)
    expected = torch.load(f"{path}.expected.pth", weights_only=True)
    images, ours = expected["images"], expected["logits"].double().numpy()

    worst = {}
    state = torch.load(f"{path}.pth", weights_only=True)
    worst["pth"] = relative(logits_of(kind, width, state, images), ours)
    with np.load(f"{path}.npz", allow_pickle=False) as arrays:
        state = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    worst["npz"] = relative(logits_of(kind, width, state, images), ours)
    safetensors = optional("safetensors.torch")
    worst["safetensors"] = (
        None
        if safetensors is None
        else relative(logits_of(kind, width, safetensors.load_file(f"{path}.safetensors"), images), ours)
    )
    onnxruntime = optional("onnxruntime")
    worst["onnx"] = None
    if onnxruntime is not None:
        session = onnxruntime.InferenceSession(f"{path}.onnx", providers=["CPUExecutionProvider"])
        worst["onnx"] = relative(session.run(["logits"], {"images": images.numpy()})[0], ours)
    return worst


def write_reference(folder: str, kind: str) -> None:
    """A checkpoint as the study's code saves it, and the gradients of its first step over these images."""
    torch.manual_seed(12)
    network = networks[kind](4)
    images, labels = torch.randn(16, 3, 32, 32), torch.arange(16) % 10
    checkpoint = {"main_network": network.state_dict(), "step": 0, "test_acc": 10.0}
    torch.save(checkpoint, os.path.join(folder, f"{kind}.reference.pth"))
    network.train()
    nn.functional.cross_entropy(network(images), labels).backward()
    found = {name: parameter.grad for name, parameter in network.named_parameters()}
    torch.save(found, os.path.join(folder, f"{kind}.gradients.pth"), _use_new_zipfile_serialization=False)
    torch.save({"images": images, "labels": labels}, os.path.join(folder, f"{kind}.images.pth"))


def read_events(folder: str) -> dict | None:
    """Scalars by tag, as TensorBoard's own reader has them."""
    if optional("tensorboard") is None:
        return None
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(folder)
    events.Reload()
    # JSON has no number for what is not one.
    return {
        tag: [[one.step, one.value if np.isfinite(one.value) else None] for one in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def main(folder: str) -> None:
    torch.set_num_threads(1)
    with open(os.path.join(folder, "networks.json")) as file:
        widths = json.load(file)
    for kind in ("resnet18", "vgg11"):
        write_reference(folder, kind)
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "networks": {kind: check_network(folder, kind, width) for kind, width in widths.items()},
                "events": read_events(os.path.join(folder, "board")),
                "live": read_events(os.path.join(folder, "live", "small-batch-seed-1-abcdefgh")),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
