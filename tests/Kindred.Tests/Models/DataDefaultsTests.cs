using CsCheck;
using Kindred.Data;
using Kindred.Models;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models;

/// <summary>Options that follow from the data where they are not given.</summary>
public sealed class DataDefaultsTests
{
    public static TheoryData<string> Names => [.. TrainerCatalog.Default.Entries
        .Where(entry => TrainerCatalog.Default.Create(entry.Key) is IDataDefaults).Select(entry => entry.Key)];

    private static Interactions Data => EventList.Parse("ann: tea@1 jam@3", "bob: tea@2 rye@5", "cid: jam@4 rye@6 tea@7");

    /// <summary>
    /// Items with 6, 2 and 2 of 8 users: Σ users(i)² / (pairs · users) = 44 / (10·8) = .55; 7·.55 is held at .6. λ = 10 / (10 / 3) is held
    /// at .1. A thousand users with one item each, 100 of them the same: (100² + 900) / 1000² = .0109, a = .076.
    /// </summary>
    [Fact]
    public void Implicit_als_weighs_what_was_not_observed_by_how_popular_items_are()
    {
        var few = DataShape.Of(8, 10, [6, 2, 2]);
        Assert.Equal(.55, few.Popularity, 12);
        Assert.Equal((.6f, .1f), Rule(few));
        var many = DataShape.Of(1000, 1000, [100, .. Enumerable.Repeat(1, 900)]);
        Assert.Equal(.0109, many.Popularity, 12);
        Assert.Equal((.076f, .1f), Rule(many));
        Assert.Equal((.01f, .025f), Rule(new(1_000_000, 50_000, 0, 20_000_000, .001))); // 7·.001; 10 / 400
        Assert.Equal((.35f, .02f), Rule(new(1_000_000, 1_000, 0, 100_000_000, .05))); // 10 / 100,000
        static (float?, float?) Rule(DataShape data) =>
            new ImplicitAls().For(data) is var trainer ? (trainer.UnobservedWeight, trainer.Regularization) : default;
    }

    /// <summary>100 / (events / users): 100 / 165 = .61; 100 / 7 = 14 to two digits; never below .3 or above 50.</summary>
    [Theory, InlineData(6_040, 996_600, .61f), InlineData(1_000, 7_000, 14), InlineData(10, 100_000, .3f), InlineData(500, 700, 50)]
    public void Item_knn_shrinks_more_where_users_have_few_events(long users, long events, float shrinkage) =>
        Assert.Equal(shrinkage, new ItemKnn().For(new DataShape(users, 9, events, events, .1)).Shrinkage);

    /// <summary>
    /// n pairs a user. BPR: rate 4 / n, from .04 to .3, λ = 1 / n, from .03 to .1; WARP: λ = .8 / √n, from .1 to .4: .8 / √4 = .4.
    /// </summary>
    [Theory, InlineData(4, .3f, .1f, .4f), InlineData(16, .25f, .062f, .2f), InlineData(40, .1f, .03f, .13f),
        InlineData(100, .04f, .03f, .1f)]
    public void Stochastic_gradients_step_less_far_and_shrink_less_where_users_have_many_pairs(
        long pairs, float rate, float penalty, float warp)
    {
        var data = new DataShape(100, 50, 900 * pairs, 100 * pairs, .1);
        var bpr = (Bpr)new Bpr().For(data);
        Assert.Equal((rate, penalty), (bpr.LearningRate, bpr.Regularization));
        Assert.Equal(warp, ((Warp)new Warp().For(data)).Regularization);
    }

    [Fact]
    public void Users_and_items_without_events_do_not_count()
    {
        Assert.Equal(new DataShape(3, 3, 7, 7, (9 + 4 + 4) / 21.0), DataShape.Of(Data)); // tea 3, jam 2, rye 2
        Assert.Equal(new DataShape(1, 2, 2, 2, 1), DataShape.Of(Data.Where([true, true, false, false, false, false, false])));
    }

    [Fact]
    public void A_catalog_of_items_without_events_does_not_change_a_default()
    {
        int[] users = [.. Enumerable.Repeat(500, 1_000)];
        Assert.Equal(.02f, new ImplicitAls().For(DataShape.Of(2_000, 500_000, users)).Regularization);
        Assert.Equal(
            DataShape.Of(2_000, 500_000, users), DataShape.Of(2_000, 500_000, [.. users, .. Enumerable.Repeat(0, 9_000)]));
    }

    /// <summary>Any numbers at all: those of one user and one item, of nobody, and of more than there can be.</summary>
    [Theory, MemberData(nameof(Names))]
    public void A_rule_ends_in_the_range_of_its_option_whatever_the_data(string name)
    {
        var trainer = TrainerCatalog.Default.Create(name);
        var count = Gen.OneOf(Gen.Const(0L), Gen.Const(1L), Gen.Long[0, 1_000], Gen.Long[0, 100_000_000_000]);
        Gen.Select(count, Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, int.MaxValue]), count, count, Gen.Double[0, 1]).Sample(
            (users, items, events, pairs, popularity) =>
            {
                var whole = trainer.For(new DataShape(users, items, events, pairs, popularity));
                OptionCheck.Check(whole);
                Assert.Null(DataDefaults.OpenOptionsOf(whole));
                Assert.Equal(whole, TrainerOptions.Create(whole.GetType(), TrainerOptions.Of(whole)));
            }, iter: 1000);
    }

    [Theory, MemberData(nameof(Names))]
    public void What_was_given_stays(string name)
    {
        var trainer = TrainerCatalog.Default.Create(name);
        var given = trainer.For(new DataShape(300, 20_000, 4_000, 4_000, .01));
        Assert.NotEqual(trainer, given);
        Assert.Equal(given, given.For(new DataShape(5_000, 100, 4_000_000, 4_000_000, .3)));
    }

    /// <summary>The same scores, to the bit, and the manifest says which values the data decided.</summary>
    [Theory, MemberData(nameof(Names))]
    public void A_model_without_options_is_the_model_of_the_options_that_its_manifest_says(string name)
    {
        var trainer = TrainerCatalog.Default.Create(name);
        var trained = ModelSpec.For(trainer).Train(Data, new());
        Assert.Equal(DataDefaults.OpenOptionsOf(trainer), trained.Manifest.FromData);
        Assert.Equal(TrainerOptions.NamesOf(trainer.GetType()), trained.Manifest.Options.Select(option => option.Key));
        Assert.Equal(trainer, TrainerCatalog.Default.Create(name, trained.Manifest.GivenOptions));
        var again = ModelSpec.For(TrainerCatalog.Default.Create(name, trained.Manifest.Options)).Train(Data, new());
        Assert.Null(again.Manifest.FromData);
        float[] expected = new float[3], actual = new float[3];
        for (int user = 0; user < 3; user++)
        {
            trained.Model.Score(Query.Of(Data, user), expected);
            again.Model.Score(Query.Of(Data, user), actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void A_model_is_named_after_what_was_given() =>
        Assert.Equal("implicit-als:epochs=3", ModelSpec.For(new ImplicitAls { Epochs = 3 }).Name);
}
