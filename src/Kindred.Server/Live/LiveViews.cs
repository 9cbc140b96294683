using Kindred.Configuration;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>Makes views.</summary>
internal static class LiveViews
{
    /// <param name="itemsOf">What an owner touched.</param>
    /// <param name="segments">Of the users, by an attribute of theirs; null: nothing divides them.</param>
    public static LiveView From(
        Snapshot snapshot, IReadOnlyDictionary<string, BoundScenario> scenarios, LiveItems items, NewItemPlaces places,
        Func<string, IReadOnlyList<int>> itemsOf, Tail tail,
        (string Attribute, Func<double?, SegmentLists> ListsBy)? segments)
    {
        var hold = snapshot.Hold();
        try
        {
            bool isSame = ReferenceEquals(items.Attributes, snapshot.ItemCatalog);
            var data = isSame ? snapshot.Interactions : new Interactions(snapshot.Users, items.Items, snapshot.Histories)
                .With(snapshot.Interactions.UserAttributes, items.Attributes);
            var growth = new Growth(places, items, itemsOf); // scenarios share models
            Pipeline Grown(Pipeline pipeline, TrainedPipeline? trained)
            {
                var grown = isSame ? GrownPipeline.WithPopularity(pipeline, growth, snapshot.Hold)
                    : GrownPipeline.From(pipeline, trained, data, growth, snapshot.Hold);
                return segments is { ListsBy: var listsBy } ? SegmentRetriever.Into(grown, trained, listsBy, snapshot.Hold) : grown;
            }
            var served = Served.Of(snapshot) with
            {
                Interactions = data,
                Catalog = items.Attributes,
                Filters = isSame ? snapshot.Filters : new(items.Attributes),
                Pipeline = Grown(snapshot.Pipeline, snapshot.Trained),
                // popularity knows no similarity
                StandInFor = growth.Newest.Count == 0 || growth.PopularityBy(snapshot.Model) is not null ? null
                    : growth.Place(snapshot.Model).StandInFor,
            };
            return new(served, tail, hold)
            {
                Scenarios = scenarios.ToDictionary(pair => pair.Key, pair => (pair.Value.Trained is null ? null : served with
                {
                    Pipeline = Grown(pair.Value.Pipeline!, pair.Value.Trained),
                    Models = pair.Value.Trained.ModelsBySource,
                }, pair.Value.Problem)),
                Known = items.Known,
                Segment = segments?.Attribute,
                Segments = segments?.ListsBy(null),
            };
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Before the first snapshot.</summary>
    public static LiveView Cold(
        Scenarios scenarios, LiveItems items, Tail tail, EventSettings events, LiveSettings settings, Func<string, string?> segmentOf,
        DateTimeOffset now)
    {
        var data = new Interactions(new([]), items.Items, new(new int[1], default, default, default)).With(null, items.Attributes);
        var (pipeline, reason) = ColdStart.From(
            items, tail.All().Select(pair => (pair.Owner, pair.Event, events.WeightOf(pair.Event.Type, pair.Event.Time, pair.Event.Time))),
            now, settings, segmentOf);
        var served = Served.Of(ColdStart.Id, data, pipeline) with { WithoutSimilarity = "no model yet, so no item is like another" };
        return new(served, tail, null)
        {
            Scenarios = scenarios.Configs.Keys.ToDictionary(name => name, (Served?, string?) (_) => (served, null)),
            Known = items.Items.Count,
            Reason = reason,
            Segment = settings.Segment,
        };
    }
}
