using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Ingestion;
using Kindred.Server.Live;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>What is known of users and items: put, patched, read, listed, deleted. The next answer knows each change.</summary>
internal static class CatalogEndpoints
{
    private const int MostListed = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        new Catalog("user", "users", store => store.Users).Map(routes);
        var items = new Catalog("item", "items", store => store.Items);
        items.Map(routes);
        items.MapHiding(routes);
    }

    /// <param name="one">user or item.</param>
    private sealed class Catalog(string one, string many, Func<IStore, ICatalogStore> entriesOf)
    {
        private readonly string _title = $"{char.ToUpperInvariant(one[0])}{one[1..]}";

        public void Map(IEndpointRouteBuilder routes)
        {
            routes.MapPost($"/{many}", PostMany).WithOperationId($"put{_title}s").WithTags(many).Requires(Scope.Write)
                .WithMetadata(new RequestSizeLimitAttribute(EventEndpoints.LongestBody))
                .Accepts<EntryContract>("application/json", "application/x-ndjson")
                .Produces<EntriesAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
                .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
                .WithSummary($"Add or replace {many}")
                .WithDescription("""
                    One, an array, or one a line (application/x-ndjson). A record that cannot be read is rejected by itself.
                    """);
            routes.MapGetAndHead($"/{many}", List).WithOperationId($"list{_title}s").WithTags(many).Requires(Scope.Read)
                .Produces<EntryPage>().ProducesProblem(StatusCodes.Status400BadRequest)
                .WithSummary($"All {many}, in pages").WithDescription("Ordered by the bytes of their ids.");
            routes.MapGetAndHead($"/{many}/{{id}}", Get).WithOperationId($"get{_title}").WithTags(many).Requires(Scope.Read)
                .Produces<EntryAnswer>().ProducesProblem(StatusCodes.Status404NotFound).WithSummary($"What is known of {Article} {one}");
            routes.MapPut($"/{many}/{{id}}", Put).WithOperationId($"put{_title}").WithTags(many).Requires(Scope.Write)
                .Accepts<EntryContract>("application/json")
                .Produces<EntryAnswer>().ProducesProblem(StatusCodes.Status400BadRequest).WithSummary($"Add or replace {Article} {one}");
            routes.MapPatch($"/{many}/{{id}}", Patch).WithOperationId($"patch{_title}").WithTags(many).Requires(Scope.Write)
                .Accepts<PatchContract>("application/json")
                .Produces<EntryAnswer>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
                .WithSummary($"Change some attributes of {Article} {one}")
                .WithDescription("A JSON merge patch (RFC 7396) of the attributes: given names are set, null removes one.");
        }

        public void MapHiding(IEndpointRouteBuilder routes)
        {
            foreach (bool hidden in (bool[])[true, false])
            {
                string word = hidden ? "hide" : "unhide";
                var handler = (HttpContext context, IStore store, LiveState live, StoreChanges changes, AuditTrail audit, string id) =>
                    Hide(context, store, live, changes, audit, id, hidden);
                routes.MapPost($"/{many}/{{id}}/{word}", handler)
                    .WithOperationId($"{word}{_title}").WithTags(many).Requires(Scope.Write).Produces<EntryAnswer>()
                    .WithSummary(hidden ? "Do not recommend an item from now on" : "Recommend an item again")
                    .WithDescription("Its events are stored and learned from, hidden or not.")
                    .ProducesProblem(StatusCodes.Status404NotFound);
            }
        }

        private string Article => one == "item" ? "an" : "a";

        private async Task<JsonHttpResult<EntriesAnswer>> PostMany(
            HttpContext context, IStore store, StoreChanges changes, LiveState live)
        {
            var body = await Body.ReadAsync(context);
            var (entries, _, rejections) =
                RecordReader.ReadAll<CatalogEntry>(body.Span, new EntryReader().Read, EventEndpoints.MostRecords);
            var conflicts = entries.Count == 0 ? [] : await entriesOf(store).PutAsync(entries, context.RequestAborted);
            await changes.CatchUpAsync();
            return TypedResults.Json(new EntriesAnswer(entries.Count, rejections.Count, rejections.Count > 0 ? rejections : null,
                ConflictsIn(conflicts, entries, live)), LivingJson.Default.EntriesAnswer);
        }

        private async Task<JsonHttpResult<EntryPage>> List(
            IStore store,
            [Description("Maximum number of entries."), Range(1, MostListed)] int count = 100,
            [Description("The cursor of the page before. Default: from the beginning.")] string? cursor = null)
        {
            if (count is < 1 or > MostListed) throw new InputException($"count must be 1 to {MostListed}, was {count}.");
            var entries = await entriesOf(store).ListAsync(Cursor.Read(cursor), count + 1);
            var page = entries.Take(count).Select(entry => EntryAnswer.Of(entry)).ToArray();
            return TypedResults.Json(
                new EntryPage(page, entries.Count > count ? Cursor.After(page[^1].Id) : null), LivingJson.Default.EntryPage);
        }

        private async Task<IResult> Get(
            HttpContext context, IStore store, [Description("The id, percent-encoded.")] string id) =>
            await entriesOf(store).GetAsync(id) is { } entry ? Answer(context, entry) : Unknown(id);

        private async Task<IResult> Put(
            HttpContext context, IStore store, StoreChanges changes, LiveState live,
            [Description("The id, percent-encoded.")] string id)
        {
            CheckId(id);
            var entry = RecordReader.ReadOne<CatalogEntry>((await Body.ReadAsync(context)).Span, new EntryReader(id).Read);
            var conflicts = await entriesOf(store).PutAsync([entry], context.RequestAborted);
            await changes.CatchUpAsync();
            return Answer(context, (await entriesOf(store).GetAsync(id))!, ConflictsIn(conflicts, [entry], live));
        }

        private async Task<IResult> Patch(
            HttpContext context, IStore store, StoreChanges changes, LiveState live,
            [Description("The id, percent-encoded.")] string id)
        {
            var patch = RecordReader.ReadOne<EntryReader.Patch>((await Body.ReadAsync(context)).Span, EntryReader.ReadPatch);
            var (entry, conflicts) = await entriesOf(store).PatchAsync(id, patch.Attributes, patch.Hidden, context.RequestAborted);
            if (entry is null) return Unknown(id);
            await changes.CatchUpAsync();
            return Answer(context, entry, ConflictsIn(conflicts, [entry], live));
        }

        /// <summary>An item that events alone name gets an entry when it is hidden.</summary>
        private async Task<IResult> Hide(
            HttpContext context, IStore store, LiveState live, StoreChanges changes, AuditTrail audit, string id, bool hidden)
        {
            CheckId(id);
            var entries = entriesOf(store);
            var (entry, _) = await entries.PatchAsync(id, null, hidden);
            if (entry is null)
            {
                if (!hidden) return Unknown(id);
                if (!await live.KnowsItemAsync(id))
                    return Problem.Of(
                        $"There is no item '{PlainText.Shorten(id)}': neither an entry nor an event names it. To hide one that comes "
                        + "later, store it with \"hidden\": true.", StatusCodes.Status404NotFound);
                await entries.PutAsync([new(id, Hidden: true)]);
                entry = await entries.GetAsync(id);
            }
            await audit.WriteAsync(context, $"{(hidden ? "hide" : "unhide")}-{one}", id);
            await changes.CatchUpAsync();
            return Answer(context, entry!);
        }

        private static void CheckId(string id)
        {
            if (string.IsNullOrWhiteSpace(id) || id.Length > JsonField.LongestId || id.Contains('\0'))
                throw new InputException($"An id has 1 to {JsonField.LongestId} characters, and is not blank.");
        }

        private static JsonHttpResult<EntryAnswer> Answer(
            HttpContext context, CatalogEntry entry, IReadOnlyList<ConflictAnswer>? conflicts = null) => TypedResults.Json(
            EntryAnswer.Of(entry, conflicts, AccessControl.May(context, Scope.Read)), LivingJson.Default.EntryAnswer);

        private ConflictAnswer[]? ConflictsIn(
            IReadOnlyList<AttributeConflict> conflicts, IReadOnlyList<CatalogEntry> entries, LiveState live)
        {
            using var view = live.Acquire();
            var known = one == "item" ? view.Served.Catalog : view.Served.Interactions.UserAttributes;
            ConflictAnswer[] found =
                [.. ConflictAnswer.Of(conflicts, one == "item" ? entries : []), .. VectorLengths.ConflictsIn(entries, known)];
            return found.Length > 0 ? found : null;
        }

        private JsonHttpResult<ProblemDetails> Unknown(string id) =>
            Problem.Of($"There is no entry of the {one} '{PlainText.Shorten(id)}'.", StatusCodes.Status404NotFound);
    }
}
