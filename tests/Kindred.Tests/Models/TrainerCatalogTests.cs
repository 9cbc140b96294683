using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tests.Models;

public sealed class TrainerCatalogTests
{
    // Two groups of users with two groups of items, each user with one item less: even and odd users want different things.
    private static readonly Interactions Groups = Interactions.From(
        new([.. Enumerable.Range(0, 12).Select(n => $"u{n}")]), new([.. Enumerable.Range(0, 8).Select(n => $"i{n}")]),
        SparseMatrix.FromTriplets(12, 8, [.. from user in Enumerable.Range(0, 12)
                                             from item in Enumerable.Range(0, 8)
                                             where item % 2 == user % 2 && item != user
                                             select (user, item, 1f + (item % 3))]))
        .With(itemAttributes: Catalog.Empty(8) with
        {
            Labels = new Dictionary<string, LabelColumn>
            {
                ["group"] = LabelColumn.From([.. Enumerable.Range(0, 8).Select(item => item % 2 == 0 ? "even" : "odd")]),
            },
        });

    // The same users like one group and dislike the other: models of ratings learn from what was rated alone.
    private static readonly Interactions Tastes = Interactions.From(
        Groups.Users, Groups.Items, SparseMatrix.FromTriplets(12, 8, [.. from user in Enumerable.Range(0, 12)
                                                                         from item in Enumerable.Range(0, 8)
                                                                         where item != user
                                                                         select (user, item, item % 2 == user % 2 ? 5f : 1f)]));

    public static TheoryData<string> Names => [.. TrainerCatalog.Default.Entries.Keys];

    [Theory, MemberData(nameof(Names))]
    public void What_a_summary_says_a_model_can_do_is_what_it_implements(string name)
    {
        var trainer = TrainerCatalog.Default.Create(name);
        var data = TrainerCatalog.Default.Find(name).Summary.Capabilities.HasFlag(Capabilities.PredictsValues) ? Tastes : Groups;
        var model = trainer.Train(data, new() { Workers = 1, Cancellation = TestContext.Current.CancellationToken });
        var can = Capabilities.None;
        if (!Order(model, Query.Of(data, 10)).SequenceEqual(Order(model, Query.Of(data, 11)))) can |= Capabilities.Personal;
        if (model is IEmbeddingModel) can |= Capabilities.Embeds;
        if (model is IExplainableModel) can |= Capabilities.Explains;
        if (model is IItemFoldIn) can |= Capabilities.FoldsItemsIn;
        if (trainer is IIncrementalTrainer) can |= Capabilities.Incremental;
        if (trainer is IResumableTrainer) can |= Capabilities.Resumable;
        if (TrainerOptions.Of(trainer).ContainsKey("epochs")) can |= Capabilities.Epochs;
        if (model is IRatingModel) can |= Capabilities.PredictsValues;
        Assert.Equal(can, TrainerCatalog.Default.Find(name).Summary.Capabilities);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_personal_model_answers_a_history_that_nobody_had(string name)
    {
        // what is rated high is not what is looked for here: what the same users touched
        if (!TrainerCatalog.Default.Find(name).Summary.Capabilities.HasFlag(Capabilities.Personal)
            || TrainerCatalog.Default.Find(name).Summary.Capabilities.HasFlag(Capabilities.PredictsValues)) return;
        var model = TrainerCatalog.Default.Create(name)
            .Train(Groups, new() { Workers = 1, Cancellation = TestContext.Current.CancellationToken });
        Assert.Equal(0, Order(model, new(-1, new[] { 2, 4 }, new[] { 1f, 1f })).First(item => item is not (2 or 4)) % 2);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_summary_says_something_short(string name)
    {
        var summary = TrainerCatalog.Default.Find(name).Summary;
        foreach (string text in new[] { summary.Description, summary.Requirements, summary.Cost }) Assert.InRange(text.Length, 5, 70);
    }

    [Fact]
    public void A_larger_catalogue_leaves_the_one_it_was_made_of_as_it_is()
    {
        var entry = TrainerEntry.Of<Own>((file, items) => Popularity.Load(file, items));
        var larger = TrainerCatalog.Default.With(entry);
        Assert.Equal(new Own(), larger.Create("own"));
        Assert.Contains("There is no model 'own'", Assert.Throws<InputException>(() => TrainerCatalog.Default.Create("own")).Message);
        Assert.Equal(larger.Entries.Keys, larger.With(entry).Entries.Keys);
        var another = entry with { Type = typeof(Bias) };
        Assert.Contains("another trainer 'own'", Assert.Throws<ArgumentException>(() => larger.With(another)).Message);
    }

    private sealed record Own : ITrainer
    {
        public TrainerSummary Summary => new("own", "what a test needs", "nothing", "nothing", Capabilities.None);

        public IModel Train(Interactions interactions, TrainingContext context) => new Popularity().Train(interactions, context);
    }

    [Fact]
    public void A_model_that_is_trained_elsewhere_is_refused_with_the_way_out() =>
        Assert.Contains("kindred-neural", Assert.Throws<InputException>(() => TrainerCatalog.Default.Create("sasrec")).Message);

    // Items from the best to the worst; those without a score last.
    private static IEnumerable<int> Order(IModel model, in Query query)
    {
        var scores = new float[model.Items.Count];
        model.Score(query, scores);
        return Enumerable.Range(0, scores.Length).OrderByDescending(item => scores[item]);
    }
}
