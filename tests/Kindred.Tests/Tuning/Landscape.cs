using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

/// <summary>Objectives that cost nothing: functions of a trainer's options.</summary>
internal static class Landscape
{
    public static SearchSpace ThreeOptions { get; } = SearchSpace.Of<ImplicitAls>(
        null, ("regularization", "0.0001..1:log"), ("unobservedWeight", "0.001..1:log"), ("epochs", "1..30"));

    /// <summary>1 at regularization .01, unobservedWeight .03 and 20 epochs, lower elsewhere; the first matters most.</summary>
    public static double Hill(ITrainer trainer, int trial, CancellationToken cancellation)
    {
        var als = (ImplicitAls)trainer;
        double a = Math.Log10(als.Regularization!.Value / .01), b = Math.Log10(als.UnobservedWeight!.Value / .03);
        double c = (als.Epochs - 20) / 30.0;
        return 1 - (a * a) - (.3 * b * b) - (.3 * c * c);
    }

    public static TuningOptions Options(TuningSampler sampler = TuningSampler.Tpe, int trials = 40, int seed = 0) => new()
    {
        Trainer = new ImplicitAls { Dimensions = 64, Regularization = .03f, UnobservedWeight = .1f },
        Space = ThreeOptions,
        Sampler = sampler,
        Trials = trials,
        Seed = seed,
        Cancellation = TestContext.Current.CancellationToken,
    };

    /// <summary>All of a trial but the time.</summary>
    public static string[] Texts(IEnumerable<Trial> trials) =>
        [.. trials.Select(t => $"{t.Number} {t.Options.ToJsonString()} {t.Value:R} {t.Failure}")];
}
