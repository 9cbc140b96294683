using System.CommandLine;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Ranking;
using Kindred.Server;

namespace Kindred.Cli.Options;

/// <summary>What a program can train: `kindred`, or `kindred-neural`, which is the same command with more models.</summary>
internal sealed record TrainingProgram
{
    /// <summary>The models that may be named.</summary>
    public TrainerCatalog Trainers { get; init; } = TrainerCatalog.Default;

    /// <summary>Trains cross networks; null: the program cannot.</summary>
    public Func<CrossNetworkConfig, RankingExamples, TrainingContext, CrossNetwork>? TrainCrossNetwork { get; init; }

    /// <summary>Makes vectors of texts; null: the program cannot.</summary>
    public Func<TextsToEmbed, IProgress<TrainingProgress>, CancellationToken, Task<EmbeddedTexts>>? EmbedTexts { get; init; }

    /// <summary>Embeds texts of items while the program serves; null: it cannot.</summary>
    public TextEmbedding? ServedTexts { get; init; }
}

/// <param name="Cache">File that keeps the vectors by text.</param>
internal sealed record TextsToEmbed(IReadOnlyList<string> Texts, string Cache, int Threads);

/// <param name="Vectors">Of each text; null for an empty one.</param>
/// <param name="New">Different texts whose vectors the cache did not have.</param>
internal sealed record EmbeddedTexts(IReadOnlyList<float[]?> Vectors, int New);

/// <summary>Brings the program to the verb that is run.</summary>
internal sealed class ProgramInvocation(TrainingProgram program) : InvocationConfiguration
{
    public TrainingProgram Program => program;
}
