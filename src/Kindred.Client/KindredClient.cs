using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kindred.Client;

/// <summary>
/// What OpenAPI cannot say in types: several events in one request, and bodies that are streams of JSON lines. Everything else is generated
/// from the server's description, docs/schemas/openapi.json, by <c>.ci/client</c>.
/// </summary>
/// <example><code>
/// services.AddHttpClient&lt;KindredClient&gt;(http => http.BaseAddress = new Uri("http://localhost:5080/"));
/// </code></example>
public partial class KindredClient
{
    private const string JsonLines = "application/x-ndjson";

    private static readonly IJsonTypeInfoResolver Contracts =
        JsonTypeInfoResolver.Combine(new ClientContracts(), new ValueContracts(), ByReflection());

    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings) => settings.TypeInfoResolver = Contracts;

    // An exception's Response is the server's answer, which says what is wrong.
    partial void Initialize() => ReadResponseAsString = true;

    /// <summary>
    /// Sends events, at most a few thousand a call. A record that the server cannot take is rejected by itself: see
    /// <see cref="EventsAnswer.Rejected"/>. The call may be repeated: an event that the server has already is not stored twice.
    /// </summary>
    /// <exception cref="ApiException">The server refused the whole request; <see cref="ApiException.Response"/> says why.</exception>
    public Task<EventsAnswer> AddEventsAsync(IEnumerable<NewEvent> events, CancellationToken cancellationToken = default) =>
        SendAsync<EventsAnswer>("v1/events", Lines(events), cancellationToken);

    /// <summary>Writes many users, each replacing what was known of them.</summary>
    /// <exception cref="ApiException">The server refused the whole request; <see cref="ApiException.Response"/> says why.</exception>
    public Task<EntriesAnswer> PutUsersAsync(IEnumerable<CatalogEntry> users, CancellationToken cancellationToken = default) =>
        SendAsync<EntriesAnswer>("v1/users", Lines(users), cancellationToken);

    /// <summary>Writes many items, each replacing what was known of it.</summary>
    /// <exception cref="ApiException">The server refused the whole request; <see cref="ApiException.Response"/> says why.</exception>
    public Task<EntriesAnswer> PutItemsAsync(IEnumerable<CatalogEntry> items, CancellationToken cancellationToken = default) =>
        SendAsync<EntriesAnswer>("v1/items", Lines(items), cancellationToken);

    /// <summary>Says which positions of answers people really saw.</summary>
    /// <exception cref="ApiException">The server refused the whole request; <see cref="ApiException.Response"/> says why.</exception>
    public Task<ShownAnswer> AddExposuresAsync(IEnumerable<ShownItems> shown, CancellationToken cancellationToken = default) =>
        SendAsync<ShownAnswer>("v1/exposures", Lines(shown), cancellationToken);

    /// <summary>All stored events after a sequence number, one JSON object each, while they arrive.</summary>
    /// <param name="after">0: from the beginning.</param>
    /// <exception cref="ApiException">The server refused; <see cref="ApiException.Response"/> says why.</exception>
    public async IAsyncEnumerable<JsonElement> ExportEventsAsync(
        long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var response = await _httpClient
            .GetAsync($"v1/export/events?after={after}", HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        await CheckAsync(response, cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    // No prefix with a slash: the address of the server may have a path.
    private async Task<T> SendAsync<T>(string path, string lines, CancellationToken cancellationToken)
    {
        using var content = new StringContent(lines, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(JsonLines);
        using var response = await _httpClient.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken).ConfigureAwait(false);
        await CheckAsync(response, cancellationToken).ConfigureAwait(false);
        string answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return JsonSerializer.Deserialize(answer, ContractOf<T>())!;
    }

    private static async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        string answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        throw new ApiException($"The server answered {(int)response.StatusCode}.", (int)response.StatusCode, answer,
            response.Headers.ToDictionary(header => header.Key, header => header.Value), null);
    }

    private string Lines<T>(IEnumerable<T> records) =>
        string.Join('\n', records.Select(record => JsonSerializer.Serialize(record, ContractOf(record))));

    private JsonTypeInfo<T> ContractOf<T>() => (JsonTypeInfo<T>)JsonSerializerSettings.GetTypeInfo(typeof(T));

    // the value says the type
    private JsonTypeInfo<T> ContractOf<T>(T _) => ContractOf<T>();

    /// <returns>For objects of a program's own types, in a program that is not trimmed; else nothing.</returns>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A program that is trimmed has no reflection for JSON.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "A program that is compiled ahead of time has no reflection for JSON.")]
    private static DefaultJsonTypeInfoResolver? ByReflection() =>
        JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : null;
}

/// <summary>Contracts of what an attribute or a setting may be, which are sent as objects.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(float))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(Dictionary<string, object>))]
internal sealed partial class ValueContracts : JsonSerializerContext;
