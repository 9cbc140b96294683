using Kindred.Comparison;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

public sealed class SuitableModelsTests
{
    private static Shortlist For(Interactions data) => SuitableModels.For(data, DataProfile.For(data), TrainerCatalog.Default);

    [Fact]
    public void Films_get_every_model_that_ranks_and_the_cheap_ones_come_first()
    {
        var suitable = For(MovieLensSmall.LoadWithGenres());
        string[] names = [.. suitable.Entries.Select(entry => entry.TrainerName).Distinct()];
        Assert.Equal(
            new[]
            {
                "bpr", "content-knn", "ease", "fm", "graph-filter", "implicit-als", "item-knn", "lightgcn", "logistic-mf", "marec",
                "popularity", "sampled-softmax", "slim", "user-knn", "warp",
            }, names.Order());
        Assert.Equal("popularity", names[0]);
        Assert.True(Array.IndexOf(names, "slim") < Array.IndexOf(names, "ease"));
        Assert.All(suitable.Entries, entry => Assert.NotNull(entry.Why));
        string left = Assert.Single(suitable.LeftOut);
        Assert.EndsWith(": They predict ratings and do not rank; compare them with kindred evaluate --metric rmse.", left);
        Assert.Equal(["als", "bias", "mf", "rating-knn", "slope-one", "svdpp"], left.Split(": ")[0].Split(", ").Order());
    }

    [Fact]
    public void What_is_left_out_is_said_with_the_reason()
    {
        var suitable = For(MovieLensSmall.Load());
        Assert.Contains(suitable.LeftOut, reason => reason.StartsWith("content-knn: ", StringComparison.Ordinal)); // no attributes
        var none = For(EventList.Of([("a", "x", 0, 1), ("b", "y", 0, 1)], timed: false));
        Assert.Equal("popularity", Assert.Single(none.Entries).Name);
        Assert.Contains("slim: No user has two items; more events per user are needed.", none.LeftOut);
        Assert.Equal(none.LeftOut.Count, none.LeftOut.Distinct().Count());
    }

    /// <summary>items³ is beyond what one model may take, and items·candidates² is not.</summary>
    [Fact]
    public void A_matrix_of_all_items_is_not_inverted_where_there_are_too_many()
    {
        var suitable = For(EventList.Of(Enumerable.Range(0, 15_000).SelectMany(n =>
            new[] { ($"u{n}", $"i{n}", 0L, 1f), ($"u{n}", $"i{(n + 1) % 15_000}", 1L, 1f) })));
        Assert.Contains("ease: It takes about 3.4e+12 multiplications; compare it with kindred evaluate --model ease.", suitable.LeftOut);
        Assert.Contains(suitable.Entries, entry => entry.TrainerName == "slim");
    }
}
