using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

public sealed class PedAnovaTests
{
    private static TuningOptions WithIgnored(TuningSampler sampler, int seed = 0) =>
        Landscape.Options(sampler, trials: 150, seed) with { Space = Landscape.ThreeOptions.With("confidenceScale", "0..10") };

    /// <summary>Of the hill's options regularization matters most; confidenceScale is not in it at all.</summary>
    [Fact]
    public void What_matters_is_first_and_what_does_not_is_near_nothing()
    {
        var importances = Tuner.Run(WithIgnored(TuningSampler.Random), Landscape.Hill).Importances;
        Assert.Equal("regularization", importances[0].Option);
        Assert.Equal(1, importances.Sum(i => i.Share), 1e-9);
        Assert.InRange(importances.First(i => i.Option == "confidenceScale").Share, 0, .05);
    }

    /// <summary>A single search may gather at some value of another option; ten of them do not.</summary>
    [Fact]
    public void Crowded_trials_do_not_hide_what_matters() =>
        Assert.Equal("regularization", Enumerable.Range(0, 10)
            .SelectMany(seed => Tuner.Run(WithIgnored(TuningSampler.Tpe, seed), Landscape.Hill).Importances)
            .GroupBy(importance => importance.Option).MaxBy(option => option.Sum(importance => importance.Share))!.Key);

    /// <summary>
    /// Choices a, b; values a, a, b, b and the best two are a: p(a) = (1/2 + .8 + .8 + .2 + .2) / 5 = .5 = p(b), q(a) = (1/2 + .8 + .8) / 3
    /// = .7, q(b) = .3: E (q/p − 1)² = .5·.4² + .5·.4² = .16.
    /// </summary>
    [Fact]
    public void A_shift_by_hand() =>
        Assert.Equal(.16, PedAnova.Shift(OptionRange.Parse("c", "a|b", typeof(string)), [0, 0, 1, 1], top: 2), 1e-9);

    [Fact]
    public void Few_trials_say_nothing()
    {
        Assert.Empty(Tuner.Run(Landscape.Options(trials: 19), Landscape.Hill).Importances);
        Assert.Equal(3, Tuner.Run(Landscape.Options(trials: 20), Landscape.Hill).Importances.Count);
    }
}
