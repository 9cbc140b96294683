using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using Kindred.AspNetCore.Endpoints;
using Kindred.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Renewal.Gate;

/// <summary>What a snapshot would have earned in place of what answered, from the server's own log.</summary>
internal static class OffPolicyEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGetAndHead("/ope", Ask).WithOperationId("evaluateOffPolicy").WithTags("renewal").Produces<JsonElement>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("What a snapshot would have earned in place of what answered")
            .WithDescription("""
                As `kindred ope --data`: an estimate with its interval, or why the log cannot tell and which share of exploration would
                answer it. Reads the log of this server; of many answers, the newest.
                """);

    private static async Task<ContentHttpResult> Ask(
        LoggedQuestions questions, CancellationToken aborted,
        [Description("A snapshot's id, or its number. Default: up to five that have not learned the answers.")] string? snapshot = null,
        [Description("Answers of so many last days."), Range(1, LoggedQuestion.MostDays)] int days = 14,
        [Description("First places of an answer that count."), Range(1, LoggedQuestion.MostPlaces)] int places = 1,
        [Description("Events of this type are successes. Default: all that count as a sign of interest.")] string? @event = null,
        [Description("Newest answers to look at, at most."), Range(1, LoggedQuestions.MostAnswers)]
        int answers = LoggedQuestions.UsualAnswers)
    {
        var answer = await questions.AskAsync(new(days, places, @event) { MostAnswers = answers }, snapshot, aborted);
        return TypedResults.Text(JsonSerializer.Serialize(answer, SealedFolder.Json), "application/json", Encoding.UTF8);
    }
}
