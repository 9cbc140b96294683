using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Tuning;

namespace Kindred.Comparison;

/// <summary>
/// Models measured on one holdout, with everything that is needed to believe it and to do it again: what the console shows, what JSON
/// holds, what the page draws. Serializable.
/// </summary>
public sealed record ExperimentReport
{
    /// <summary>Name of the data.</summary>
    public required string Dataset { get; init; }

    /// <summary>Of the data folder; null: the parts were provided as files.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The command that does it again; null: it was not a command.</summary>
    public string? Command { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>What the data is like, before it was cut.</summary>
    public DataProfile? Profile { get; init; }

    public required string Protocol { get; init; }

    /// <summary>The model that lists were filled up from; null: none.</summary>
    public string? Fallback { get; init; }

    public required Leaderboard Leaderboard { get; init; }

    /// <summary>The same models at earlier moments, the last of which is <see cref="Leaderboard"/>'s; null: there was one cut only.</summary>
    public Backtest? Backtest { get; init; }

    /// <summary>In the leaderboard's order: best first.</summary>
    public required IReadOnlyList<ModelReport> Models { get; init; }
}

/// <summary>How a measured model came to be.</summary>
/// <param name="Name">As in the leaderboard.</param>
/// <param name="Trainer">Name in the catalog of trainers.</param>
/// <param name="Options">Every option, also those left at their default.</param>
/// <param name="Seconds">Training time.</param>
/// <param name="LearningCurve">One point for each step of training; empty for models that are not iterative.</param>
public sealed record ModelReport(
    string Name, string Trainer, JsonObject Options, int Seed, double Seconds, IReadOnlyList<LearningPoint> LearningCurve);
