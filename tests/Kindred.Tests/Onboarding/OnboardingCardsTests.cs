using System.Globalization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Onboarding;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.Tests.Onboarding;

/// <summary>Cards, groups, blending and the offline interview.</summary>
public sealed class OnboardingCardsTests
{
    private static readonly string[] Labels = ["drama", "drama", "drama", "comedy", "comedy", "comedy"];

    [Fact]
    public void Too_few_users_make_no_cards() => Assert.Null(OnboardingCards.From(Films(OnboardingCards.FewestUsers - 1)));

    [Fact]
    public void A_pick_changes_the_next_cards_and_dismissed_ones_do_not_come_back()
    {
        var cards = OnboardingCards.From(Films(60))!;
        var (first, gain) = cards.Next([], [], 3);
        Assert.Equal(1, gain, 1e-9);
        Assert.Equal(3, first.Select(card => card.Items[0]).Distinct().Count());
        var (next, left) = cards.Next([0, 1], [3], 6);
        Assert.Equal([2, 4, 5], next.Select(card => card.Items[0]).Order());
        Assert.True(left < 1);
        Assert.DoesNotContain(2, cards.Next([0], [3], 6, item => item != 2).Cards.Select(card => card.Items[0]));
    }

    [Fact]
    public void Groups_are_named_by_their_labels_and_hold_what_is_liked_together()
    {
        var groups = OnboardingCards.From(Films(60))!.GroupCards;
        Assert.Contains(groups, group => group.Title == "drama");
        Assert.Contains(groups, group => group.Title == "comedy");
        Assert.All(groups, group => Assert.Single(group.Items.Select(item => Labels[item]).Distinct()));
        // there are more groups than labels: what would look like another group is named by its items
        Assert.True(groups.Count > 2);
        Assert.Equal(groups.Count, groups.Select(group => group.Title).Distinct().Count());
    }

    [Fact]
    public void Likes_are_above_the_users_own_median()
    {
        var data = Interactions.FromEvents(
            [new("ann", "a", Weight: 5), new("ann", "b", Weight: 3), new("ann", "c", Weight: 1), new("bob", "a", Weight: 4),
                new("bob", "b", Weight: 4)], ValueKind.Ratings);
        var likes = Likes.From(data, [0, 1]);
        Assert.Equal([1, -1, -1], likes.Row(0).Values.ToArray());
        Assert.Equal([1, 1], likes.Row(1).Values.ToArray()); // all alike
        Assert.Equal([1, 1], Likes.From(data, [1]).Row(0).Values.ToArray());
    }

    /// <summary>Sixty users give one film +1 and one −1: what is served is what is measured, so nobody likes the second.</summary>
    [Fact]
    public void What_nobody_likes_is_no_card_and_a_snapshot_knows_that()
    {
        string[] items = ["bad", "good", "even", "odd"];
        var histories = new Histories(
            Enumerable.Range(0, 61).Select(user => 3 * user).ToArray(),
            Enumerable.Range(0, 60).SelectMany(user => new[] { 0, 1, 2 + (user % 2) }).ToArray(), default,
            Enumerable.Range(0, 60).SelectMany(_ => new[] { -1f, 1, 2 }).ToArray());
        var data = new Interactions(new([.. Enumerable.Range(0, 60).Select(user => $"u{user}")]), new(items), histories)
            .WithOrigin(new("films", null, ValueKind.Ratings));
        using var folder = new TemporaryFolder();
        TrainedModel Trained(ITrainer trainer) => new(ModelManifest.For(trainer, new(), default, data), trainer.Train(data, new()));
        using var snapshot = Snapshot.Open(
            new TrainedRecommender(data, Trained(new ItemKnn()), Trained(new Popularity())).Publish(folder.File("snapshots")));
        foreach (var known in (Interactions[])[data, snapshot.Interactions])
        {
            var cards = OnboardingCards.From(known)!.Next([], [], 9).Cards.Select(card => card.Title);
            Assert.Equal(["even", "odd"], cards.Order());
            Assert.Equal(180 - 60, known.Liked.Histories.Count);
        }
    }

    [Fact]
    public void A_model_weighs_more_the_more_is_known()
    {
        Assert.Equal(0, PopularityBlend.ModelWeight(0));
        Assert.Equal(.5, PopularityBlend.ModelWeight(1));
        Assert.Equal(.5, PopularityBlend.ModelWeight(5, halfWeight: 5));
        string[] model = ["a", "b", "c"], popular = ["x", "b", "y"];
        Assert.Equal(["b", "x", "y", "a", "c"], PopularityBlend.Lists(model, popular, .4));
        Assert.Equal(["x", "b", "y"], PopularityBlend.Lists(model, popular, 0).Take(3));
        Assert.Equal(["a", "b", "c"], PopularityBlend.Lists(model, popular, 1).Take(3));
    }

    /// <summary>Users like films by genre; the format is chance, and has fewer labels.</summary>
    [Fact]
    public void Groups_are_named_by_the_labels_that_tell_them_apart_of_whatever_column()
    {
        const int Items = 60;
        string[] genres = [.. Enumerable.Range(0, Items).Select(item => $"genre {item % 3}")],
            formats = [.. Enumerable.Range(0, Items).Select(item => item / 3 % 2 == 0 ? "paper" : "digital")];
        var events = Enumerable.Range(0, 150).SelectMany(user => Enumerable.Range(0, 12)
            .Select(n => ($"u{user}", $"{((((user * 7) + (n * 5)) % 20) * 3) + (user % 3):00}")));
        var data = Interactions.FromEvents(events.ToArray(), e => e);
        int[] films = [.. Enumerable.Range(0, data.Items.Count)
            .Select(item => int.Parse(data.Items.Id(item), CultureInfo.InvariantCulture))];
        data = data.With(itemAttributes: Catalog.Empty(films.Length) with
        {
            Labels = new Dictionary<string, LabelColumn>
            {
                ["format"] = LabelColumn.From([.. films.Select(film => formats[film])]),
                ["genre"] = LabelColumn.From([.. films.Select(film => genres[film])]),
            },
        });
        var groups = OnboardingCards.From(data)!.GroupCards;
        foreach (string genre in genres.Distinct())
            Assert.Contains(groups, group => group.Title.StartsWith(genre, StringComparison.Ordinal));
        Assert.DoesNotContain(groups, group => group.Title is "paper" or "digital");
    }

    /// <summary>A user who likes 0 and 3 can be asked about 0; 3 is wanted, and the recommender finds it once 0 is picked.</summary>
    [Fact]
    public void An_interview_measures_what_is_found_after_each_card()
    {
        var likes = SparseMatrix.FromTriplets(3, 4, [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 2, 1), (2, 0, 1)]);
        var pool = CardPool.From(likes, 10, 10, 0);
        var user = new InterviewedUser(0, new HashSet<int> { 1 }, new HashSet<int> { 3 });
        var interview = new SimulatedInterview(pool, [user], (picked, _) => picked is [1] ? [2, 3] : [2], mostCards: 3);
        var curves = interview.Run(RankedCards.Popular(pool), 1, TestContext.Current.CancellationToken);
        double found = 1 / Math.Log2(3); // at the second place
        Assert.Equal([0, 0, found, found], curves.ByCards[0]);
        Assert.Equal([0, found], curves.ByPicks[0]);
        Assert.Equal([0, 2], curves.CardsAt[0]);
        Assert.Equal(3, curves.CardsFor(2));
        Assert.Equal(0, curves.ShareWith(2));
        Assert.Equal([found], curves.AfterPicks(5));
    }

    [Fact]
    public void Half_of_what_interviewed_users_like_is_wanted_and_the_other_half_can_be_answered()
    {
        var likes = SparseMatrix.FromTriplets(2, 9, [.. Enumerable.Range(0, 7).Select(item => (0, item, item == 6 ? -1f : 1f)), (1, 8, 1)]);
        var user = Assert.Single(InterviewedUser.From(likes, [0, 1], 3));
        Assert.Equal((3, 3), (user.Answerable.Count, user.Wanted.Count));
        Assert.Equal(Enumerable.Range(0, 6), user.Answerable.Concat(user.Wanted).Order());
    }

    // even users like dramas, odd ones comedies; every third of them all three
    private static Interactions Films(int users)
    {
        var events = Enumerable.Range(0, users).SelectMany(user => Enumerable.Range(0, user % 3 == 0 ? 2 : 3)
            .Select(n => ($"u{user}", $"{(user % 2 == 0 ? 0 : 3) + n}"))).ToArray();
        string[] ids = ["0", "1", "2", "3", "4", "5"];
        var made = Interactions.FromEvents(events.OrderBy(e => e.Item2, StringComparer.Ordinal).ToArray(), e => e);
        Assert.Equal(ids, Enumerable.Range(0, made.Items.Count).Select(made.Items.Id));
        return made.With(itemAttributes: Catalog.Empty(6) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["genre"] = LabelColumn.From([.. Labels]) },
        });
    }
}
