using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.AspNetCore.Endpoints;
using Kindred.Onboarding;
using Kindred.Pipelines;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Server.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Onboarding;

/// <summary>New users pick what they like from a few cards.</summary>
internal static class OnboardingEndpoints
{
    private const int MostCards = 50, MostAnswers = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/onboarding", Get).WithOperationId("getOnboarding").WithTags("onboarding").Requires(Scope.Read)
            .Produces<OnboardingAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Cards for a new user")
            .WithDescription("""
                Items, or groups of items, that tell most about a user who picks them or does not, and what would be recommended by now.
                Name the user or the session; what they answered before counts. Works before there is a model, too.
                """);
        routes.MapGetAndHead("/onboarding/trial", Try).WithOperationId("tryOnboarding").WithTags("onboarding").Requires(Scope.Read)
            .Produces<OnboardingAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Cards after answers that nobody gave")
            .WithDescription("To try an interview: the answers so far are in the address, and nothing is stored.");
        routes.MapPost("/onboarding", Post).WithOperationId("answerOnboarding").WithTags("onboarding").Requires(Scope.Write, Scope.Read)
            .Accepts<OnboardingRequest>("application/json")
            .Produces<OnboardingAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .WithSummary("Say which cards a new user picked")
            .WithDescription("""
                Picks and dismissals are stored as events of the types onboarding-pick and onboarding-dismiss, and count at once: the answer
                has the next cards and a preview, which are the user's, so that a key needs the scope read as well. Picks count like any
                event of interest; a dismissal only says what not to show again, as a card or in the preview. Of a group, send the ids of
                all its items: together they are one pick. Sending the same answer again changes nothing; another answer about an item takes
                the earlier one back, and its event is removed. Items that nobody knows are named under unknownItems and not stored. A
                request that may be sent again, by a client without an answer, should have a header Idempotency-Key: then an old one that
                comes once more does not take newer answers back, on the server that took it. 422: that key came with another body.
                """);
    }

    private static async Task<JsonHttpResult<OnboardingAnswer>> Get(
        HttpContext context, OnboardingRounds rounds,
        [Description("The user's id.")] string? user = null,
        [Description("The session of an anonymous visitor, where there is no user.")] string? session = null,
        [Description("Maximum number of cards."), Range(1, MostCards)] int count = 12,
        [Description("The interview ends after so many picks."), Range(1, MostAnswers)] int picks = OnboardingInterview.UsualPicks,
        [Description("item: single items. group: the first round shows groups of items."), AllowedValues("item", "group")]
        string kind = "item")
    {
        var question = QuestionOf(count, picks, kind);
        var round = await rounds.NextAsync(OwnerOf(user, session), question, context.RequestAborted);
        return TypedResults.Json(OnboardingAnswer.From(round, []), LivingJson.Default.OnboardingAnswer);
    }

    private static async Task<JsonHttpResult<OnboardingAnswer>> Try(
        HttpContext context, OnboardingRounds rounds,
        [Description("Items of the cards that were picked.")] string[]? picked = null,
        [Description("Items of the cards that were shown and not picked.")] string[]? dismissed = null,
        [Description("Maximum number of cards."), Range(1, MostCards)] int count = 12,
        [Description("The interview ends after so many picks."), Range(1, MostAnswers)] int picks = OnboardingInterview.UsualPicks,
        [Description("item: single items. group: the first round shows groups of items."), AllowedValues("item", "group")]
        string kind = "item")
    {
        StepTelemetry.LeaveOut();
        var (liked, passed) = AnswersOf(picked, dismissed);
        var round = await rounds.TryAsync(liked, passed, QuestionOf(count, picks, kind), context.RequestAborted);
        return TypedResults.Json(OnboardingAnswer.From(round, []), LivingJson.Default.OnboardingAnswer);
    }

    private static async Task<IResult> Post(
        HttpContext context, OnboardingRounds rounds, OnboardingAnswers answers, RecentKeys keys, LiveState live)
    {
        var body = await Body.ReadAsync(context);
        var request = Body.Parse(WithTextIds(body), LivingJson.Default.OnboardingRequest);
        string owner = OwnerOf(request.User, request.Session);
        var question = QuestionOf(request.Count, request.Picks, "item");
        var (picked, dismissed) = AnswersOf(request.Picked, request.Dismissed);
        var unknown = await live.UnknownItemsAsync([.. picked, .. dismissed], context.RequestAborted);
        var key = IdempotencyKey.Of(context, body.Span);
        bool? isNew = key is null ? true : key.IsNewIn(keys);
        if (isNew is null) return Problem.Of(IdempotencyKey.ReusedReason, StatusCodes.Status422UnprocessableEntity);
        if (isNew == true)
            await answers.StoreAsync(request.User, request.Session, [.. picked.Except(unknown)], [.. dismissed.Except(unknown)]);
        key?.NoteIn(keys);
        await live.TakeNewItemsAsync();
        var round = await rounds.NextAsync(owner, question, context.RequestAborted);
        return TypedResults.Json(OnboardingAnswer.From(round, unknown), LivingJson.Default.OnboardingAnswer);
    }

    /// <summary>Ids may be whole numbers, as those of events may.</summary>
    private static ReadOnlyMemory<byte> WithTextIds(ReadOnlyMemory<byte> body)
    {
        BodyEncoding.CheckText(body.Span);
        try
        {
            return JsonNode.Parse(body.Span, documentOptions: new() { AllowDuplicateProperties = false }) is JsonObject request
                ? WithTextIds(request) : body;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: a name that is half a character
        {
            return body; // whoever reads it says what is wrong
        }
    }

    private static byte[] WithTextIds(JsonObject request)
    {
        foreach (string name in (string[])["user", "session"]) if (TextOf(request[name]) is { } id) request[name] = id;
        foreach (string name in (string[])["picked", "dismissed"])
        {
            if (request[name] is not JsonArray ids) continue;
            for (int n = 0; n < ids.Count; n++) if (TextOf(ids[n]) is { } id) ids[n] = id;
        }
        return Encoding.UTF8.GetBytes(request.ToJsonString());
    }

    /// <returns>Null: it is no whole number from 0.</returns>
    private static string? TextOf(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number && value.ToJsonString() is var text && text.All(char.IsAsciiDigit) ? text : null;

    private static string OwnerOf(string? user, string? session) => (user, session) switch
    {
        ({ Length: > 0 }, _) => user,
        (_, { Length: > 0 }) => session,
        _ => throw new InputException("Name the user, or the session of an anonymous visitor: user or session."),
    };

    private static OnboardingQuestion QuestionOf(int count, int picks, string kind)
    {
        if (count is < 1 or > MostCards) throw new InputException($"count must be 1 to {MostCards}, was {count}.");
        if (picks is < 1 or > MostAnswers) throw new InputException($"picks must be 1 to {MostAnswers}, was {picks}.");
        if (kind is not ("item" or "group"))
            throw new InputException($"There is no kind of card '{PlainText.Shorten(kind)}'; there are item and group.");
        return new(count, picks, kind == "group");
    }

    private static (string[] Picked, string[] Dismissed) AnswersOf(IReadOnlyList<string>? picked, IReadOnlyList<string>? dismissed)
    {
        string[] liked = Checked(picked, "picked"), passed = Checked(dismissed, "dismissed");
        return liked.Intersect(passed).FirstOrDefault() is { } both
            ? throw new InputException($"'{PlainText.Shorten(both)}' is picked and dismissed; leave out one of them.") : (liked, passed);
    }

    private static string[] Checked(IReadOnlyList<string>? ids, string name)
    {
        string[] distinct = [.. (ids ?? []).Distinct(StringComparer.Ordinal)];
        if (distinct.Length > MostAnswers) throw new InputException($"{name} has {distinct.Length} items; send at most {MostAnswers}.");
        if (distinct.Any(string.IsNullOrEmpty)) throw new InputException($"An id in {name} must not be empty.");
        return distinct;
    }
}

/// <summary>What a new user answered.</summary>
internal sealed record OnboardingRequest(
    [property: Description("The user's id.")] string? User = null,
    [property: Description("The session of an anonymous visitor, where there is no user.")] string? Session = null,
    [property: Description("Ids of the items of the cards that were picked; of a group, of all its items.")]
    IReadOnlyList<string>? Picked = null,
    [property: Description("Ids of the items of the cards that were shown and not picked.")] IReadOnlyList<string>? Dismissed = null,
    [property: Description("Maximum number of next cards."), Range(1, 50)] int Count = 12,
    [property: Description("The interview ends after so many picks."), Range(1, 200)] int Picks = OnboardingInterview.UsualPicks);

/// <summary>A round of an interview.</summary>
internal sealed record OnboardingAnswer(
    [property: Description("What to show next; empty when the interview is done.")] IReadOnlyList<OnboardingCardAnswer> Cards,
    [property: Description("What would be recommended by now.")] IReadOnlyList<OnboardingPreview> Preview,
    [property: Description("Cards that the user picked so far: single items, and groups.")] int Picked,
    [property: Description("Items that were shown and not picked.")] int Dismissed,
    bool Done,
    [property: Description("Why it is done; absent when it is not.")] string? Reason,
    [property: Description("adaptive: chosen for what they tell; groups; before there is enough to learn from: the source of the items, " +
        "such as popularity or newest.")]
    string CardsFrom,
    [property: Description("0 to 1: how much the model counts in the preview; the rest is popularity, of the user's segment where that " +
        "has enough events: then the preview is what the user is recommended.")]
    double ModelWeight,
    string Snapshot,
    [property: Description("Ids of the request that neither an entry nor an event names: they are not stored. Absent when there are none.")]
    IReadOnlyList<string>? UnknownItems)
{
    public static OnboardingAnswer From(OnboardingRound round, IReadOnlyList<string> unknown) => new(
        round.Cards, [.. round.Preview.Select(item => new OnboardingPreview(item.ItemId, item.Title, item.Source))], round.Picked,
        round.Dismissed, round.Done, round.Reason, round.CardsFrom, Math.Round(round.ModelWeight, 4), round.Snapshot,
        unknown.Count > 0 ? unknown : null);
}

/// <summary>A card.</summary>
internal sealed record OnboardingCardAnswer(
    [property: Description("item or group.")] string Kind, string Title,
    [property: Description("One, or those that stand for the group.")] IReadOnlyList<OnboardingItem> Items);

/// <summary>An item of a card.</summary>
internal sealed record OnboardingItem(
    string ItemId, string? Title,
    [property: Description("The item's attribute image, imageUrl, image_url or picture.")] string? Image);

/// <summary>An item that would be recommended.</summary>
internal sealed record OnboardingPreview(string ItemId, string? Title, string Source);
