using System.ComponentModel;
using Kindred.AspNetCore.Endpoints;
using Kindred.Data;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Snapshots;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Telemetry;

/// <summary>How the latest events differ from those that the served model has learned from.</summary>
/// <remarks>
/// Population stability index (B. Yurdakul, "Statistical Properties of Population Stability Index", 2018): Σ (q − p) · ln(q / p) over
/// tenths, p the share of a tenth in training, q now. By custom below .1 nothing changed, above .25 much did. Whoever is new is in no
/// tenth, and counted apart.
/// </remarks>
internal sealed class Drift(LiveSnapshot snapshots, IStore store)
{
    public const int MostEvents = 20_000, FewestEvents = 200;

    private const int Tenths = 10;

    private readonly Lock _gate = new();
    private (string Snapshot, TenthsOf Items, TenthsOf Users)? _learned; // of the snapshot that was last asked about

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGetAndHead("/drift", Show).WithOperationId("drift").WithTags("health").Requires(Scope.Read).Produces<DriftAnswer>()
            .WithSummary("How the latest events differ from those that the served model has learned from")
            .WithDescription(
                "Population stability index over tenths of the training events: above .1 something changed, above .25 much did.");

    /// <returns>Null: no snapshot is served.</returns>
    public async Task<DriftAnswer?> OfAsync(CancellationToken cancellation)
    {
        using var lease = snapshots.TryAcquire();
        if (lease?.Snapshot is not { } snapshot) return null;
        long last = await store.Events.LastSequenceAsync(cancellation);
        long first = Math.Max(snapshot.Manifest.Sequence ?? 0, last - MostEvents);
        var events = await store.Events.AfterAsync(first, MostEvents, cancellation);
        if (events.Count < FewestEvents) return new(snapshot.Manifest.Id, events.Count, null, null);
        var (items, users) = LearnedOf(snapshot);
        return new(
            snapshot.Manifest.Id, events.Count,
            items.Compare(events.Select(e => snapshot.Items.TryGetIndex(e.ItemId, out int item) ? item : -1)),
            users.Compare(events.Select(e => snapshot.Users.TryGetIndex(e.Owner, out int user) ? user : -1)));
    }

    private static async Task<JsonHttpResult<DriftAnswer>> Show(Drift drift, CancellationToken aborted) => TypedResults.Json(
        await drift.OfAsync(aborted) ?? new(null, 0, null, null), LivingJson.Default.DriftAnswer);

    private (TenthsOf Items, TenthsOf Users) LearnedOf(Snapshot snapshot)
    {
        lock (_gate)
        {
            if (_learned is { } known && known.Snapshot == snapshot.Manifest.Id) return (known.Items, known.Users);
            var histories = snapshot.Interactions.Histories;
            var (byItem, byUser) = (new int[snapshot.Items.Count], new int[snapshot.Users.Count]);
            for (int user = 0; user < byUser.Length; user++)
            {
                var own = histories.ItemsOf(user).Span;
                byUser[user] = own.Length;
                foreach (int item in own) byItem[item]++;
            }
            _learned = (snapshot.Manifest.Id, TenthsOf.From(byItem), TenthsOf.From(byUser));
            return (_learned.Value.Items, _learned.Value.Users);
        }
    }

    /// <summary>
    /// Items or users by their events in training: the first ones have a tenth of all events, the next ones another, and so on.
    /// </summary>
    /// <param name="Of">[items or users] Their tenths.</param>
    /// <param name="Shares">[tenths] Of the events of training.</param>
    internal sealed record TenthsOf(byte[] Of, double[] Shares)
    {
        /// <param name="events">[items or users] In training.</param>
        public static TenthsOf From(int[] events)
        {
            var (of, shares) = (new byte[events.Length], new double[Tenths]);
            double all = Math.Max(1, events.Sum(count => (double)count)), seen = 0;
            foreach (int one in Enumerable.Range(0, events.Length).OrderByDescending(one => events[one]).ThenBy(one => one))
            {
                of[one] = (byte)Math.Min(Tenths - 1, (int)(Tenths * seen / all));
                shares[of[one]] += events[one] / all;
                seen += events[one];
            }
            return new(of, shares);
        }

        /// <param name="now">One for each event; −1: it was not known.</param>
        public DriftPart Compare(IEnumerable<int> now)
        {
            const double Least = 1e-4; // a tenth that nothing falls into is not infinitely different
            var counts = new double[Tenths];
            double all = 0, unknown = 0;
            foreach (int one in now)
            {
                all++;
                if (one < 0 || Of.Length <= one) unknown++;
                else counts[Of[one]]++;
            }
            double index = 0;
            for (int tenth = 0; tenth < Tenths; tenth++)
            {
                double p = Math.Max(Least, Shares[tenth]), q = Math.Max(Least, counts[tenth] / Math.Max(1, all - unknown));
                index += (q - p) * Math.Log(q / p);
            }
            return new(all == unknown ? null : index, all == 0 ? 0 : unknown / all);
        }
    }
}

/// <summary>What changed since the training.</summary>
internal sealed record DriftAnswer(
    [property: Description("The snapshot that answers; absent: there is none.")] string? Snapshot,
    [property: Description("Events that it has not learned, at most 20,000: the latest.")] int Events,
    [property: Description("Of which items there are events; absent: there are too few events.")] DriftPart? Popularity,
    [property: Description("Of which users.")] DriftPart? Activity);

/// <param name="Index">The population stability index; absent: all are unknown.</param>
/// <param name="Unknown">Share of the events whose item or user was not known to the training.</param>
internal sealed record DriftPart(double? Index, double Unknown);
