using System.Globalization;
using System.Text;
using System.Text.Json;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Endpoints;

/// <summary>Settings that all servers of a store share, with versions.</summary>
internal static class SettingEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/settings", List).WithOperationId("listSettings").WithTags("settings").Requires(Scope.Admin)
            .Produces<SettingsAnswer>().WithSummary("All settings");
        routes.MapGetAndHead("/settings/{name}", Get).WithOperationId("getSetting").WithTags("settings").Requires(Scope.Admin)
            .Produces<JsonElement>().ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("A setting").WithDescription("Its version is in the header ETag.");
        routes.MapPut("/settings/{name}", Put).WithOperationId("putSetting").WithTags("settings").Requires(Scope.Admin)
            .Accepts<JsonElement>("application/json")
            .Produces<JsonElement>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .WithSummary("Write a setting")
            .WithDescription("""
                With the header If-Match, it is written only if its version is still the given one: 412 otherwise. All servers obey it
                within a second.
                """);
    }

    private static async Task<IResult> List(IStore store, IEnumerable<SettingKind> kinds)
    {
        var stored = (await store.Settings.ListAsync()).ToDictionary(setting => setting.Name);
        var all = kinds.OrderBy(kind => kind.Name, StringComparer.Ordinal).Select(kind => stored.TryGetValue(kind.Name, out var setting)
            ? new SettingAnswer(kind.Name, setting.Version, Parse(setting.Json)) : new(kind.Name, 0, Parse(kind.Default)));
        return TypedResults.Json(new SettingsAnswer([.. all]), LivingJson.Default.SettingsAnswer);
    }

    private static async Task<IResult> Get(HttpContext context, IStore store, IEnumerable<SettingKind> kinds, string name)
    {
        if (kinds.FirstOrDefault(kind => kind.Name == name) is not { } kind) return Unknown(name, kinds);
        var setting = await store.Settings.GetAsync(name);
        return Answer(context, setting?.Json ?? kind.Default, setting?.Version ?? 0);
    }

    private static async Task<IResult> Put(
        HttpContext context, IStore store, StoreChanges changes, AuditTrail audit, IEnumerable<SettingKind> kinds, string name)
    {
        if (kinds.FirstOrDefault(kind => kind.Name == name) is not { } kind) return Unknown(name, kinds);
        var body = await Body.ReadAsync(context);
        BodyEncoding.CheckText(body.Span);
        string json = kind.Check(Encoding.UTF8.GetString(body.Span));
        if (kind.CheckUse is { } check) await check(store, json);
        long? expected = ExpectedIn(context.Request);
        if (await store.Settings.SetAsync(name, json, expected) is not { } written)
            return Problem.Of($"The setting '{name}' was changed by now; read it again.", StatusCodes.Status412PreconditionFailed);
        await audit.WriteAsync(context, "write-setting", name, $"{{\"version\":{written.Version}}}");
        await changes.CatchUpAsync();
        return Answer(context, written.Json, written.Version);
    }

    private static ContentHttpResult Answer(HttpContext context, string json, long version)
    {
        context.Response.Headers.ETag = $"\"{version}\"";
        return TypedResults.Text(json, "application/json", Encoding.UTF8);
    }

    private static long? ExpectedIn(HttpRequest request)
    {
        if (request.Headers.IfNoneMatch == "*") return 0;
        if (request.Headers.IfMatch is not [{ } tag]) return null;
        return long.TryParse(tag.Trim('"'), CultureInfo.InvariantCulture, out long version) ? version
            : throw new InputException($"If-Match must be the ETag of a setting, such as \"12\", was {PlainText.Shorten(tag)}.");
    }

    private static JsonHttpResult<ProblemDetails> Unknown(string name, IEnumerable<SettingKind> kinds) => Problem.Of(
        $"There is no setting '{PlainText.Shorten(name)}'; there are {string.Join(", ", kinds.Select(kind => kind.Name))}.",
        StatusCodes.Status404NotFound);

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
