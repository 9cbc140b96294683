using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

public sealed class MetricCatalogTests
{
    private static readonly World Everything = World.Random(EventList.Parse("ann: a b c", "bob: b c d"), 3);

    private static readonly MetricContext Nothing = new(Everything.Train);

    [Fact]
    public void Every_name_makes_a_metric_that_is_called_so()
    {
        foreach (string name in MetricCatalog.Names)
        {
            string text = name is "auc" or "rPrecision" ? name : name == "exposureParity" ? "exposureParity:brand@7" : $"{name}@7";
            var measure = MetricCatalog.Parse(text.ToUpperInvariant(), Everything.Background);
            Assert.Equal(text, measure.Name, ignoreCase: true);
            Assert.Equal(text.EndsWith("@7", StringComparison.Ordinal) ? 7 : int.MaxValue, measure.K);
            Assert.Equal(measure.Name, MetricCatalog.Parse(measure.Name, Everything.Background).Name);
        }
    }

    [Fact]
    public void Every_metric_of_the_library_is_in_the_catalog_and_says_what_it_is()
    {
        Type[] types = [.. typeof(IMeasure).Assembly.GetTypes()
            .Where(t => t.IsAssignableTo(typeof(IMeasure)) && !t.IsInterface && !t.IsNested)];
        var measures = MetricCatalog.Available(MetricCatalog.Names, Everything.Background, 7);
        Assert.Equal(types.Select(t => t.Name).Order(), measures.Select(m => m.GetType().Name).Distinct().Order());
        Assert.Equal(measures.Count, measures.Select(m => m.Name).Distinct().Count());
        Assert.All(measures, measure => Assert.EndsWith(".", measure.Definition.Formula));
    }

    [Fact]
    public void Sets_are_apart_and_leave_out_what_the_run_cannot_measure()
    {
        Assert.Equal(MetricCatalog.Names.Count, MetricCatalog.Names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(
            ["Novelty@5", "ARP@5", "PopularityLift@5", "Serendipity@5", "Coverage@5", "Gini@5", "Entropy@5", "Personalization@5",
                "LongTailShare@5"],
            MetricCatalog.Available(MetricCatalog.BeyondAccuracy, Nothing, 5).Select(m => m.Name));
        Assert.Equal(
            ["NDCG@1", "NDCG@2", "AUC"], MetricCatalog.Available(["ndcg", "auc"], Nothing, 1, 2).Select(m => m.Name));
        var twoGroupings = Everything.Background with { ItemGroupings = [Everything.Groups, Everything.Groups with { Name = "seller" }] };
        Assert.Equal(
            ["ExposureParity:brand@5", "ExposureParity:seller@5"], MetricCatalog.Available(["exposureParity"], twoGroupings, 5)
            .Select(m => m.Name));
    }

    [Theory]
    [InlineData("nope@10", "There is no metric 'nope'; there are ndcg, recall, ")]
    [InlineData("ndcg:brand@10", "There is no metric 'ndcg:brand'; there are ")]
    [InlineData("ndcg", "ndcg needs a cut-off; write ndcg@10.")]
    [InlineData("ndcg@", "The cut-off of ndcg@ is not a whole number from 1; write ndcg@10.")]
    [InlineData("ndcg@0", "The cut-off of ndcg@0 is not a whole number from 1")]
    [InlineData("ndcg@-5", "The cut-off of ndcg@-5 is not a whole number from 1")]
    [InlineData("ndcg@99999999999", "is not a whole number from 1")]
    [InlineData("auc@10", "auc looks at whole lists; write it without @10.")]
    [InlineData("diversity@10",
        "diversity@10 needs labels of items, such as genres, and this data has none; import items with a column of labels.")]
    [InlineData("Miscalibration@5", "Miscalibration@5 needs labels of items")]
    [InlineData("unexpectednessByEmbedding@5",
        "unexpectednessByEmbedding@5 needs embeddings of items, and there are none; measure a model that has them.")]
    [InlineData("exposureParity@5", "exposureParity@5 needs items in groups")]
    public void What_cannot_be_measured_is_refused_in_a_sentence(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<InputException>(() => MetricCatalog.Parse(text, Nothing)).Message);

    [Fact]
    public void Labels_are_those_named_or_with_a_usual_name_or_the_only_ones()
    {
        var column = World.ColumnOf(["x"], ["x"], ["y"], []);
        MetricContext With(params string[] columns) => Nothing with
        {
            Items = Catalog.Empty(4) with { Labels = columns.ToDictionary(name => name, _ => column) },
        };
        string Refusal(MetricContext background) =>
            Assert.Throws<InputException>(() => MetricCatalog.Parse("diversity@5", background)).Message;

        Assert.Equal("Diversity@5", MetricCatalog.Parse("diversity@5", With("colour")).Name);
        Assert.Equal("Diversity@5", MetricCatalog.Parse("diversity@5", With("colour", "genres")).Name);
        Assert.Equal(
            "diversity@5 needs to know which labels of items to look at; there are colour, size.", Refusal(With("size", "colour")));
        Assert.Equal("Diversity@5", MetricCatalog.Parse("diversity@5", With("colour", "size") with { LabelColumn = "size" }).Name);
        Assert.Equal(
            "diversity@5 cannot look at the labels 'brand', which items do not have; there are colour.",
            Refusal(With("colour") with { LabelColumn = "brand" }));
    }

    [Fact]
    public void A_grouping_must_be_named_where_there_are_several()
    {
        var background = Everything.Background with { ItemGroupings = [Everything.Groups, Everything.Groups with { Name = "seller" }] };
        Assert.Equal("ExposureParity:brand@5", MetricCatalog.Parse("exposureParity@5", Everything.Background).Name);
        Assert.Equal("ExposureParity:seller@5", MetricCatalog.Parse("exposureparity:Seller@5", background).Name);
        Assert.Equal(
            "exposureParity@5 must name one of the groupings of items: exposureParity:brand@10, exposureParity:seller@10.",
            Assert.Throws<InputException>(() => MetricCatalog.Parse("exposureParity@5", background)).Message);
    }
}
