using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>
/// Asks another program for candidates over HTTP: POST {"userId", "history", "count"} is answered by {"items": [{"itemId", "score"}]}. Ids
/// that are not in the vocabulary, repeats and what is not allowed are left out. Redirects are not followed, and an answer is read up to 1
/// MiB.
/// </summary>
/// <param name="timeout">After it the request is given up.</param>
internal sealed class HttpRetriever(Uri address, TimeSpan timeout, Vocabulary users, Vocabulary itemIds) : IRemoteRetriever
{
    /// <summary>Bytes of an answer at most.</summary>
    private const int LongestAnswer = 1 << 20;

    // One for all: it keeps connections open, and drops them after a while, so that a changed address of a host is seen.
    private static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each request has its own
    };

    /// <exception cref="HttpRequestException">No answer, another status than 2xx, or a longer answer than is read.</exception>
    /// <exception cref="OperationCanceledException">Not in time.</exception>
    /// <exception cref="JsonException">The answer is of another form.</exception>
    public async Task<Proposal> RetrieveAsync(Query query, int count, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(timeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = JsonContent.Create(QuestionOf(query, count), HttpJson.Default.Question),
        };
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync(LongestAnswer, stop.Token).ConfigureAwait(false);
        byte[] body = await response.Content.ReadAsByteArrayAsync(stop.Token).ConfigureAwait(false);
        var answer = JsonSerializer.Deserialize(body, HttpJson.Default.Answer)?.Items;
        return ProposalOf(answer ?? throw new JsonException("The answer has no items."), query, count);
    }

    private Question QuestionOf(in Query query, int count)
    {
        var history = query.History.Span;
        var ids = new string[history.Length];
        for (int n = 0; n < ids.Length; n++) ids[n] = itemIds.Id(history[n]);
        return new(query.User < 0 ? null : users.Id(query.User), ids, count);
    }

    private Proposal ProposalOf(IReadOnlyList<AnsweredItem> answer, in Query query, int count)
    {
        var (items, scores) = (new int[count], new float[count]);
        var best = new TopK(items, scores);
        var seen = new HashSet<int>();
        foreach (var (itemId, score) in answer)
        {
            if (itemId is null || !itemIds.TryGetIndex(itemId, out int item) || !float.IsFinite(score)) continue;
            if (query.Allowed?.Contains(item) != false && seen.Add(item)) best.Offer(item, score);
        }
        best.Sort();
        return new(items.AsMemory(0, best.Count), scores.AsMemory(0, best.Count));
    }

    internal sealed record Question(string? UserId, string[] History, int Count);

    internal sealed record Answer(IReadOnlyList<AnsweredItem>? Items);

    internal sealed record AnsweredItem(string? ItemId, float Score = 0);
}

/// <summary>Generated contracts of what is asked and answered.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(HttpRetriever.Question))]
[JsonSerializable(typeof(HttpRetriever.Answer))]
internal sealed partial class HttpJson : JsonSerializerContext;
