using System.CommandLine;
using System.Diagnostics;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Comparison;
using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.Cli;

/// <summary>What one run of a verb works with.</summary>
/// <param name="Results">Standard output.</param>
/// <param name="Activity">Standard error.</param>
internal sealed record CommandContext(IPrinter Results, IStatus Activity, int Workers, int Seed, CancellationToken Cancellation)
{
    /// <summary>Where neural models learn.</summary>
    public string Device { get; init; } = "cpu";

    public static CommandContext Of(ParseResult parse, CancellationToken cancellation)
    {
        int workers = parse.GetValue(GlobalOptions.Threads);
        if (workers < 1) throw new InputException($"--threads must be at least 1, was {workers}.");
        IPrinter printer = parse.GetValue(GlobalOptions.Json) ? new JsonPrinter() : Terminal.IsOutput ? new TerminalPrinter()
            : new PlainPrinter();
        return new(printer, Terminal.IsError ? new TerminalStatus() : new PlainStatus(), workers, parse.GetValue(GlobalOptions.Seed),
            cancellation)
        { Device = parse.GetValue(GlobalOptions.Device)! };
    }

    public void Print(Block block) => Results.Print(block);

    public TrainingContext Context => new() { Seed = Seed, Workers = Workers, Device = Device, Cancellation = Cancellation };

    /// <summary>Trains, with progress.</summary>
    /// <param name="epochFinished">As in <see cref="TrainingContext.EpochFinished"/>.</param>
    /// <param name="checkpoint">As in <see cref="TrainingContext.Checkpoint"/>.</param>
    public Training Train(
        ModelSpec spec, Kindred.Interactions interactions, Func<FinishedEpoch, bool>? epochFinished = null, string? checkpoint = null)
    {
        Cancellation.ThrowIfCancellationRequested();
        var context = Context with { EpochFinished = epochFinished, Checkpoint = checkpoint };
        var clock = Stopwatch.StartNew();
        var curve = new LearningCurve();
        var model = Activity.Run($"Training {spec.Name}", ticker =>
            spec.Trainer.Train(interactions, context with { Progress = curve.PassingOnTo(ticker) }));
        return new(spec, context, model, clock.Elapsed, curve.Points);
    }
}

/// <summary>A model fresh from its trainer.</summary>
internal sealed record Training(
    ModelSpec Spec, TrainingContext Context, IModel Model, TimeSpan Time, IReadOnlyList<LearningPoint> LearningCurve)
{
    public ModelManifest ManifestFor(Kindred.DataFolder dataset) =>
        ModelManifest.Of(Spec.Trainer, Context, Time, dataset, dataset.Interactions);
}
