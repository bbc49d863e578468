"""The trainings: one command for each recipe."""

from trainer.cavp.pretrain import PretrainConfig, pretrain
from trainer.classifier.train import ClassifierRunConfig, train_classifier
from trainer.cli.options import AsJson, ConfigFile
from trainer.cli.output import follow, tell
from trainer.codec.train_codec import CodecRunConfig, train_codec
from trainer.codec.train_decoder import DecoderRunConfig, train_decoder
from trainer.config import read_config
from trainer.export_starter import StarterExport, export_starter
from trainer.flow.train import FlowRunConfig, train_flow
from trainer.judge.train import JudgeRunConfig, pretrain_judge
from trainer.report import print_table


def pretrain_cavp_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train SF-CAVP."""
    run = read_config(PretrainConfig, config)
    path = pretrain(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(path)}, as_json=json_output)


def pretrain_judge_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train the judge, which evaluations alone may ask."""
    run = read_config(JudgeRunConfig, config)
    trained = pretrain_judge(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(trained.checkpoint), **trained.figures.numbers()}, as_json=json_output)


def train_classifier_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train the sound classifier, which evaluations alone may ask; its classes and accuracy."""
    run = read_config(ClassifierRunConfig, config)
    trained = train_classifier(run, listener=follow(json_output), config_file=config)
    print_table(trained.rows(), as_json=json_output)


def train_codec_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Fit the codec."""
    run = read_config(CodecRunConfig, config)
    path = train_codec(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(path)}, as_json=json_output)


def train_decoder_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train the codec's decoder; `msg-train evaluate codec` says whether it may ship."""
    run = read_config(DecoderRunConfig, config)
    trained = train_decoder(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(trained.checkpoint), **trained.figures}, as_json=json_output)


def train_flow_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Train the generator."""
    run = read_config(FlowRunConfig, config)
    path = train_flow(run, listener=follow(json_output), config_file=config)
    tell({"checkpoint": str(path)}, as_json=json_output)


def export_starter_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Gather trained parts into a model folder with its card."""
    tell({"card": str(export_starter(read_config(StarterExport, config)))}, as_json=json_output)
