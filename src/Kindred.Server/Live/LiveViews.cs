using Kindred.Data;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>Makes views.</summary>
internal static class LiveViews
{
    /// <param name="itemsOf">What an owner touched.</param>
    public static LiveView From(
        Snapshot snapshot, LiveItems items, NewItemPlaces places, Func<string, IReadOnlyList<int>> itemsOf, Tail tail)
    {
        var hold = snapshot.Hold();
        try
        {
            bool isSame = ReferenceEquals(items.Attributes, snapshot.ItemCatalog);
            var data = isSame ? snapshot.Interactions : new Interactions(snapshot.Users, items.Items, snapshot.Histories)
                .With(snapshot.Interactions.UserAttributes, items.Attributes);
            NewItems Place(IModel model, bool isPopularity) => places.Place(model, isPopularity, items, itemsOf);
            var pipeline = isSame ? snapshot.Pipeline : GrownPipeline.From(
                snapshot.Pipeline, snapshot.Trained, data, items.Known, NewItemPlaces.NewestFirst(items), Place, snapshot.Hold);
            var served = isSame ? Served.Of(snapshot) : Served.Of(snapshot) with
            {
                Interactions = data,
                Catalog = items.Attributes,
                Filters = new(items.Attributes),
                Pipeline = pipeline,
            };
            return new(served, new Dictionary<string, Served>(), tail, hold)
            {
                Known = items.Known,
                WeightsAsOf = snapshot.Created,
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
        LiveItems items, Tail tail, EventSettings events, LiveSettings settings, Func<string, string?> segmentOf, DateTimeOffset now)
    {
        var data = new Interactions(new([]), items.Items, new(new int[1], default, default, default)).With(null, items.Attributes);
        var (pipeline, reason) = ColdStart.From(
            items, tail.All().Select(pair => (pair.Owner, pair.Event, events.WeightOf(pair.Event.Type, pair.Event.Time, pair.Event.Time))),
            now, settings, segmentOf);
        var served = Served.Of(ColdStart.Id, data, pipeline);
        return new(served, new Dictionary<string, Served>(), tail, null)
        {
            Known = items.Items.Count,
            WeightsAsOf = now,
            Reason = reason,
            Segment = settings.Segment,
        };
    }
}
