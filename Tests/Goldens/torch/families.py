"""Cases of make_goldens.py for the families beside ResNets and EfficientNets: whole networks once, narrow ones else."""
import functools

import torchvision.models as tv
from torch import nn
from torchvision.models.efficientnet import EfficientNet, FusedMBConvConfig, MBConvConfig
from torchvision.models.resnet import Bottleneck, ResNet
from torchvision.models.mobilenetv3 import MobileNetV3, _mobilenet_v3_conf

SMALL = (97, 120)
SQUARE = (224, 224)


def timm(name, **parameters):
    import timm as library

    return library.create_model(name, num_classes=10, **parameters)


def mobilenet_v2():
    shallow = [[1, 8, 1, 1], [6, 16, 1, 2], [4, 24, 2, 2], [6, 32, 2, 2], [6, 40, 1, 1], [6, 48, 2, 2], [6, 64, 1, 1]]
    yield "mobilenet_v2", None, [(SQUARE, lambda: tv.mobilenet_v2(num_classes=10))], "classifier.1"
    # Two stages of 8 channels follow each other.
    yield "mobilenet_v2-quarter", None, [
        (SMALL, lambda: tv.mobilenet_v2(num_classes=10, width_mult=0.25))], "classifier.1"
    yield "mobilenet_v2-shallow", None, [
        (SMALL, lambda: tv.mobilenet_v2(num_classes=10, inverted_residual_setting=shallow))], "classifier.1"
    yield "timm-mobilenetv2_050", None, [(SMALL, lambda: timm("mobilenetv2_050"))], "classifier"


def narrow_mobilenet_v3(size, width, classifier=None):
    settings, last = _mobilenet_v3_conf(f"mobilenet_v3_{size}", width_mult=width)
    model = MobileNetV3(settings, last, num_classes=10)
    if classifier is not None:
        model.classifier = classifier(model.classifier)
    return model


def mobilenet_v3():
    yield "mobilenet_v3_large", None, [(SQUARE, lambda: tv.mobilenet_v3_large(num_classes=10))], "classifier.3"
    for size in ("large", "small"):
        yield f"mobilenet_v3_{size}-quarter", None, [
            (SMALL, lambda: narrow_mobilenet_v3(size, 0.25))], "classifier.3"
    yield "mobilenet_v3_small-headless", None, [
        (SMALL, lambda: narrow_mobilenet_v3("small", 0.25, lambda _: nn.Identity()))], None
    yield "mobilenet_v3_small-embedding", None, [
        (SMALL, lambda: narrow_mobilenet_v3("small", 0.25, lambda head: head[:2]))], None
    for name in ("mobilenetv3_small_050", "tf_mobilenetv3_large_075", "tf_mobilenetv3_small_minimal_100"):
        yield f"timm-{name}", f"timm/{name}", [(SMALL, lambda: timm(name))], "classifier"


def mnasnet():
    yield "mnasnet1_0", None, [(SQUARE, lambda: tv.mnasnet1_0(num_classes=10))], "classifier.1"
    yield "mnasnet-quarter", None, [(SMALL, lambda: tv.MNASNet(0.25, num_classes=10))], "classifier.1"
    yield "timm-mnasnet_050", None, [(SMALL, lambda: timm("mnasnet_050"))], "classifier"


def quarter(model, outputs):
    """The same network with a quarter of the channels in every `conv` and `bn`."""
    for unit in model.modules():
        conv = getattr(unit, "conv", None)
        if isinstance(conv, nn.Conv2d) and hasattr(unit, "bn"):
            inputs = conv.in_channels if conv.in_channels == 3 else conv.in_channels // 4
            unit.conv = nn.Conv2d(
                inputs, conv.out_channels // 4, conv.kernel_size, conv.stride, conv.padding, bias=False)
            unit.bn = nn.BatchNorm2d(conv.out_channels // 4, eps=unit.bn.eps)
    model.fc = nn.Linear(outputs, 10)
    return model


def narrow_googlenet():
    return quarter(tv.googlenet(aux_logits=False, init_weights=False), 256)


def narrow_inception_v3():
    return quarter(tv.inception_v3(aux_logits=False, init_weights=False), 512)


def timm_inception_v3():
    return quarter(timm("inception_v3", aux_logits=False), 512)


def inceptions():
    whole = dict(num_classes=10, init_weights=False, transform_input=True)
    yield "googlenet", None, [(SQUARE, lambda: tv.googlenet(**whole))], "fc", True
    yield "googlenet-quarter", None, [(SMALL, narrow_googlenet)], "fc"
    yield "inception_v3", None, [((299, 299), lambda: tv.inception_v3(**whole))], "fc", True
    yield "inception_v3-quarter", None, [((75, 75), narrow_inception_v3), ((97, 120), narrow_inception_v3)], "fc"
    yield "timm-inception_v3-quarter", "timm/inception_v3", [((75, 75), timm_inception_v3)], "fc"


def timm_resnet(*layers, block="Bottleneck", attention=None, **parameters):
    from timm.models import resnet

    return resnet.ResNet(
        getattr(resnet, block), list(layers), num_classes=10, block_args=dict(attn_layer=attention), **parameters)


def resnets():
    tiny = (65, 90)
    shallow = [1, 1, 1, 1]
    yield "resnext14-8x8d", None, [
        (tiny, lambda: ResNet(Bottleneck, shallow, 10, groups=8, width_per_group=8))], "fc"
    yield "wide_resnet14_2", None, [(tiny, lambda: ResNet(Bottleneck, shallow, 10, width_per_group=128))], "fc"
    yield "timm-resnet26d", "timm/resnet26d", [(SMALL, lambda: timm("resnet26d"))], "fc"
    yield "timm-resnet10t", None, [
        (tiny, lambda: timm_resnet(*shallow, block="BasicBlock", stem_width=32, stem_type="deep_tiered", avg_down=True))], "fc"
    yield "timm-resnet14c", None, [(tiny, lambda: timm_resnet(*shallow, stem_width=32, stem_type="deep"))], "fc"
    yield "timm-seresnet18", "timm/seresnet18", [(tiny, lambda: timm("seresnet18"))], "fc"
    yield "timm-seresnext14d_32x4d", None, [
        (tiny, lambda: timm_resnet(
            *shallow, attention="se", cardinality=32, base_width=4, stem_width=32, stem_type="deep", avg_down=True))], "fc"


def timm_densenet(**parameters):
    from timm.models.densenet import DenseNet

    return DenseNet(**parameters)


def densenets():
    narrow = dict(growth_rate=8, block_config=(2, 3, 2, 2), num_init_features=16, num_classes=10)
    yield "densenet121", None, [(SQUARE, lambda: tv.densenet121(num_classes=10))], "classifier"
    yield "densenet-narrow", None, [(SMALL, lambda: tv.DenseNet(**narrow))], "classifier"
    yield "timm-densenet-narrow", "timm/densenet", [
        (SMALL, lambda: timm_densenet(growth_rate=8, block_config=(2, 3, 2, 2), num_classes=10))], "classifier"


def narrow_efficientnet_v2(*stages):
    settings = [FusedMBConvConfig(*stage) for stage in stages[:3]] + [MBConvConfig(*stage) for stage in stages[3:]]
    return EfficientNet(
        settings, 0.2, last_channel=64, num_classes=10, norm_layer=functools.partial(nn.BatchNorm2d, eps=1e-3))


def timm_efficientnet_v2(kind, **parameters):
    from timm.models import efficientnet

    return getattr(efficientnet, f"_gen_efficientnetv2_{kind}")(num_classes=10, **parameters)


def efficientnet_v2():
    six = [(1, 3, 1, 8, 8, 1), (4, 3, 2, 8, 16, 2), (4, 3, 2, 16, 24, 1), (4, 3, 2, 24, 32, 2), (6, 3, 1, 32, 40, 1),
           (6, 3, 2, 40, 48, 2)]
    yield "efficientnet_v2-narrow", None, [(SMALL, lambda: narrow_efficientnet_v2(*six))], "classifier.1"
    yield "efficientnet_v2-narrow-seven", None, [
        (SMALL, lambda: narrow_efficientnet_v2(*six, (6, 3, 1, 48, 56, 1)))], "classifier.1"
    yield "timm-tf_efficientnetv2_b0", "timm/tf_efficientnetv2_b0", [
        ((192, 192), lambda: timm("tf_efficientnetv2_b0"))], "classifier", False, 0.75
    yield "timm-tf_efficientnetv2-narrow", "timm/tf_efficientnetv2", [
        (SMALL, lambda: timm_efficientnet_v2(
            "base", variant="tf_efficientnetv2_b0", channel_multiplier=0.5, bn_eps=1e-3, pad_type="same"))], "classifier", False, 0.75
    yield "timm-efficientnetv2_rw-narrow", "timm/efficientnetv2", [
        (SMALL, lambda: timm_efficientnet_v2(
            "s", variant="efficientnetv2_rw_s", channel_multiplier=0.5, depth_multiplier=0.3, rw=True))], "classifier"


def cases():
    """As make_goldens.cases; a fifth member says that the importer's own recipe feeds the network, a sixth what all
    normalizations are multiplied by."""
    yield from mobilenet_v2()
    yield from mobilenet_v3()
    yield from mnasnet()
    yield from inceptions()
    yield from resnets()
    yield from densenets()
    yield from efficientnet_v2()
