"""Preference optimisation: candidates, ranking, tuning, whole rounds, and rounds side by side."""

from trainer.cli.options import AsJson, ConfigFile
from trainer.cli.output import follow, tell
from trainer.config import read_config
from trainer.preference.ablation import RpoAblationConfig, ablate_rpo
from trainer.preference.candidates import CandidateRunConfig, make_candidates
from trainer.preference.rank import RankRunConfig, rank_candidates
from trainer.preference.rounds import RpoConfig, run_rounds
from trainer.preference.tuning_run import TuneRunConfig, tune
from trainer.report import ablation_rows, print_table


def candidates_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Make N takes of every chosen stem; their latents are kept."""
    run = read_config(CandidateRunConfig, config)
    made = make_candidates(run, listener=follow(json_output))
    tell({"folder": run.folder, "stems": made, "takes_each": run.candidates.takes}, as_json=json_output)


def rank_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Rank candidates by SF-CAVP and make preference pairs; refused where the reward cannot be trusted."""
    run = read_config(RankRunConfig, config)
    found = rank_candidates(run, listener=follow(json_output))
    tell({"folder": run.folder, **found.figures()}, as_json=json_output)


def tune_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Tune a generator on preference pairs (flow-DPO)."""
    run = read_config(TuneRunConfig, config)
    found = tune(run, listener=follow(json_output), config_file=config)
    tell(found.figures(), as_json=json_output)


def rpo_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """AVP-RPO: rounds of candidates, ranking and tuning; the best model by held-out scenes."""
    run = read_config(RpoConfig, config)
    found = run_rounds(run, listener=follow(json_output), config_file=config)
    print_table(found.table(), as_json=json_output)


def ablate_rpo_command(config: ConfigFile, json_output: AsJson = False) -> None:
    """Strengths of the preference and numbers of rounds, side by side on held-out scenes."""
    settings = read_config(RpoAblationConfig, config)
    rows = ablate_rpo(settings, listener=follow(json_output), config_file=config)
    print_table(ablation_rows(rows), as_json=json_output)
