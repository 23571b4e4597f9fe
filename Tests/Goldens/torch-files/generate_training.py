"""Checkpoints that training programs wrote: training-*, expected-training.json and MANIFEST-training.

    python3 generate_training.py timm        with PyTorch 1.13 and timm 0.6.13
    python3 generate_training.py lightning   with PyTorch 2 and pytorch_lightning 2
Each writes its own files and keeps the other's lines. The archives are deflated afterwards, members as they were.
"""
import argparse
import hashlib
import json
import pathlib
import sys
import tempfile
import zipfile

import torch
from torch import nn

folder = pathlib.Path(__file__).resolve().parent


def numbers(shape, start):
    count = 1
    for side in shape:
        count *= side
    return (((torch.arange(count) * 7 + start) % 61 - 30) / 8).reshape(shape)


class Block(nn.Module):
    """torchvision's basic block, under its names."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class Narrow(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 2, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(2)
        for index in range(4):
            setattr(self, f"layer{index + 1}", nn.Sequential(Block(2 << max(index - 1, 0), 2 << index, 2 if index else 1)))
        self.fc = nn.Linear(16, 5)
        with torch.no_grad():
            for place, (name, value) in enumerate(self.state_dict().items()):
                if name.endswith("running_var"):
                    value.fill_(1 + place / 64)
                elif torch.is_floating_point(value):
                    value.copy_(numbers(tuple(value.shape), place))

    def forward(self, x):
        return self.fc(torch.relu(self.bn1(self.conv1(x))).mean((2, 3)).repeat(1, 8))


def halved(model):
    """As an average might be: other numbers under the same names."""
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if torch.is_floating_point(value) and not name.endswith("running_var"):
                value.mul_(0.5)
    return model


def keep(source, name):
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as target:
        for member in archive.infolist():
            target.writestr(zipfile.ZipInfo(member.filename), archive.read(member), zipfile.ZIP_DEFLATED)


def save(value, name):
    with tempfile.NamedTemporaryFile() as file:
        torch.save(value, file.name)
        keep(file.name, name)


def described(state):
    return [
        {"name": name, "shape": list(value.shape),
         "sha256": hashlib.sha256(value.detach().float().contiguous().numpy().tobytes()).hexdigest()}
        for name, value in state.items() if torch.is_floating_point(value)
    ]


def write_timm(expected):
    import timm
    from timm.utils import CheckpointSaver, ModelEmaV2

    model = Narrow()
    average = ModelEmaV2(model, decay=0.5)
    halved(average.module)
    with tempfile.TemporaryDirectory() as place:
        saver = CheckpointSaver(
            model, torch.optim.SGD(model.parameters(), lr=0.5), args=argparse.Namespace(model="narrow", lr=0.5),
            model_ema=average, checkpoint_dir=place, recovery_dir=place)
        saver.save_checkpoint(3, metric=0.5)
        keep(f"{place}/last.pth.tar", "training-timm.pth")
    expected["training-timm.pth"] = described(average.module.state_dict())

    # What torchvision's reference scripts save: torch.optim.swa_utils.AveragedModel's own dictionary.
    averaged = torch.optim.swa_utils.AveragedModel(model)
    halved(averaged.module)
    checkpoint = {
        "model": model.state_dict(), "optimizer": torch.optim.SGD(model.parameters(), lr=0.5).state_dict(),
        "lr_scheduler": {"last_epoch": 3}, "epoch": 3, "args": argparse.Namespace(lr=0.5),
        "model_ema": averaged.state_dict(),
    }
    save(checkpoint, "training-torchvision.pth")
    expected["training-torchvision.pth"] = described(averaged.module.state_dict())
    # A decay and a counter are no weights.
    save({"ema": {"decay": torch.tensor(0.5), "updates": torch.tensor(3.0)}, "model": model.state_dict()},
         "training-counters.pth")
    expected["training-counters.pth"] = described(model.state_dict())
    return f"PyTorch {torch.__version__}, timm {timm.__version__}"


def write_lightning(expected):
    import pytorch_lightning as lightning

    class Module(lightning.LightningModule):
        def __init__(self, learning_rate, copied):
            super().__init__()
            self.save_hyperparameters()
            self.model = Narrow()
            if copied:
                self.ema_model = torch.optim.swa_utils.AveragedModel(self.model)
                halved(self.ema_model.module)
            self.criterion = nn.CrossEntropyLoss(weight=torch.ones(5))
            self.train_acc = nn.Module()
            self.train_acc.register_buffer("correct", torch.zeros(3))

        def training_step(self, batch, _):
            loss = self.criterion(self.model(batch[0]), batch[1])
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=self.hparams.learning_rate)
            return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1)]

    photos = torch.utils.data.TensorDataset(torch.zeros(2, 3, 8, 8), torch.zeros(2, dtype=torch.long))
    for name, copied in (("training-lightning.ckpt", False), ("training-lightning-ema.ckpt", True)):
        module = Module(learning_rate=0.0, copied=copied)
        with tempfile.TemporaryDirectory() as place:
            keeper = lightning.callbacks.ModelCheckpoint(dirpath=place, filename="last", monitor="loss")
            trainer = lightning.Trainer(
                max_epochs=1, logger=False, enable_progress_bar=False, accelerator="cpu", callbacks=[keeper])
            trainer.fit(module, torch.utils.data.DataLoader(photos, batch_size=2))
            keep(keeper.best_model_path, name)
        expected[name] = described((module.ema_model.module if copied else module.model).state_dict())
    return f"PyTorch {torch.__version__}, pytorch_lightning {lightning.__version__}"


def main(kind):
    file, manifest = folder / "expected-training.json", folder / "MANIFEST-training"
    expected = json.loads(file.read_text()) if file.exists() else {}
    others = manifest.read_text().splitlines() if manifest.exists() else []
    versions = {"timm": write_timm, "lightning": write_lightning}[kind](expected)
    file.write_text(json.dumps(expected, indent=1) + "\n")
    lines = [line for line in others if line.startswith("command: ") and f"{kind}:" not in line]
    lines.append(f"command: python3 generate_training.py {kind}: {versions}, Python {sys.version.split()[0]}")
    for part in sorted([*folder.glob("training-*"), file]):
        lines.append(f"{hashlib.sha256(part.read_bytes()).hexdigest()}  {part.name}")
    manifest.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
