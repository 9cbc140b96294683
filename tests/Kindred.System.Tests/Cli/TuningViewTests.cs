using Kindred.Cli.Output;
using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.SystemTests.Cli;

/// <summary>What is said of a search: no process.</summary>
public sealed class TuningViewTests
{
    [Theory]
    [InlineData(.25, "The options as given, trial 1, reach .2500 NDCG@10: the best trial gains 5 points, 20 %.")]
    [InlineData(.30, "The options as given, trial 1, reach .3000 NDCG@10, and no other trial is better: keep them, or search longer.")]
    [InlineData(.35, "The options as given, trial 1, reach .3500 NDCG@10, and no other trial is better: keep them, or search longer.")]
    [InlineData(double.NaN, "The options as given failed, so what was gained over them is not known.")]
    public void A_search_says_what_it_gains(double given, string says)
    {
        var options = new TuningOptions
        {
            Trainer = new ImplicitAls(),
            Space = TrainerCatalog.Default.Find("implicit-als").Space,
            Trials = 3,
        };
        var result = Tuner.Run(options, (_, trial, _) => trial == 1 ? given : trial / 10.0);
        Assert.Contains(says, TuningView.Result(options, result, "NDCG@10").OfType<BulletList>().SelectMany(list => list.Sentences));
    }
}
