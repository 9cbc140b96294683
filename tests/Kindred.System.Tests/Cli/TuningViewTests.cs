using Kindred.Cli.Output;
using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.SystemTests.Cli;

/// <summary>What is said of a search: no process.</summary>
public sealed class TuningViewTests
{
    [Theory]
    [InlineData(.25, "The options as given reach .2500 NDCG@10: the best trial gains 5 points.")]
    [InlineData(.30, "The options as given reach .3000 NDCG@10, and no trial is better: keep them, or search longer.")]
    [InlineData(.35, "The options as given reach .3500 NDCG@10, and no trial is better: keep them, or search longer.")]
    public void A_search_says_what_it_gains(double given, string says)
    {
        var options = new TuningOptions
        {
            Trainer = new ImplicitAls(),
            Space = TrainerCatalog.Default.Find("implicit-als").Space,
            Trials = 3,
            MeasuresGiven = true,
        };
        var result = Tuner.Run(options, (_, trial, _) => trial == 0 ? given : trial / 10.0);
        Assert.Contains(says, TuningView.Result(options, result, "NDCG@10").OfType<BulletList>().SelectMany(list => list.Sentences));
    }
}
