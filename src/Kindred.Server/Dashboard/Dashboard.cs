using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Live;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Server.Dashboard;

/// <summary>
/// Pages for people at <c>/</c>: written by the server, complete without a script. They show what the API tells programs, and every change
/// is one that the API has too.
/// </summary>
internal static class Dashboard
{
    /// <summary>In the order of the navigation, each with the scope that a key needs to see it.</summary>
    public static readonly (string Path, string Name, Scope Scope)[] Navigation =
        [
            ("/", "Today", Scope.Read), (UserPage.Path, "As a user", Scope.Read), (ItemPage.Path, "Item", Scope.Read),
            (OnboardingPage.Path, "Onboarding", Scope.Read), (ContractsPage.Path, "New items", Scope.Read),
            (MapPages.Path, "Map", Scope.Read),
            (DataPage.Path, "Data", Scope.Read), (PipelinePage.Path, "Pipeline", Scope.Admin),
            (ExperimentsPage.Path, "Experiments", Scope.Admin),
            (OffPolicyPage.Path, "Off-policy", Scope.Admin), (ModelsPage.Path, "Models", Scope.Admin),
            (AccessPage.Path, "Keys", Scope.Admin),
        ];

    public static void Add(IServiceCollection services) => services
        .AddSingleton<BrowserSessions>().AddSingleton<LoginTries>().AddSingleton<SampleImport>()
        .AddSingleton<Alarms>().AddSingleton<OtherAnswers>().AddSingleton<Previews>()
        .AddSingleton<ItemActivity>().AddSingleton<Audiences>().AddSingleton<ItemMaps>().AddSingleton<PendingReports>();

    public static void Map(WebApplication app)
    {
        Assets.Map(app);
        var pages = app.MapGroup("").WithMetadata(new DashboardPage()).ExcludeFromDescription();
        AddErrorPages(pages);
        LoginPage.Map(pages);
        TodayPage.Map(pages);
        UserPage.Map(pages);
        ItemPage.Map(pages);
        OnboardingPage.Map(pages);
        ContractsPage.Map(pages);
        DataPage.Map(pages);
        MapPages.Map(pages);
        PipelinePage.Map(pages);
        ExperimentsPage.Map(pages);
        OffPolicyPage.Map(pages);
        ModelsPage.Map(pages);
        AccessPage.Map(pages);
    }

    public static RouteHandlerBuilder MapPage(this IEndpointRouteBuilder routes, string path, Delegate handler) =>
        routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler);

    /// <summary>After a form: the next page is read, so that reading it again does not send the form again.</summary>
    public static IResult SeeOther(string path) => new Redirection(path);

    /// <summary>Who does what a form asks for, as the audit log names them.</summary>
    public static string ActorOf(HttpContext context) => AccessControl.KeyOf(context) ?? "anonymous";

    /// <returns>Null: nobody said why.</returns>
    public static string? ReasonIn(IFormCollection form) => form["reason"].ToString().Trim() is { Length: > 0 } reason ? reason : null;

    private static void AddErrorPages(IEndpointConventionBuilder pages) => pages.Add(endpoint =>
    {
        if (endpoint.RequestDelegate is not { } next) return;
        endpoint.RequestDelegate = async context =>
        {
            try
            {
                await next(context);
            }
            catch (Exception e) when (!context.Response.HasStarted && StatusOf(e) is not null)
            {
                await DashboardPage.RefuseAsync(context, StatusOf(e)!.Value, e.Message);
            }
        };
    });

    private static int? StatusOf(Exception e) =>
        e is StoreUnavailableException ? StatusCodes.Status503ServiceUnavailable : Problem.Of(e)?.StatusCode;

    private sealed class Redirection(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}

/// <summary>Marks what answers with pages: a browser that has not logged in is led to the page where it does.</summary>
internal sealed record DashboardPage
{
    public static Task RefuseAsync(HttpContext context, int status, string sentence) =>
        Refusal(context, status, sentence).ExecuteAsync(context);

    /// <summary>The page that says why there is no other.</summary>
    public static Page Refusal(HttpContext context, int status, string sentence)
    {
        bool isReading = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        string title = status switch
        {
            StatusCodes.Status401Unauthorized => "Not from here",
            StatusCodes.Status403Forbidden => "Not with this key",
            StatusCodes.Status404NotFound => "Not found",
            StatusCodes.Status405MethodNotAllowed => "Not a page",
            StatusCodes.Status503ServiceUnavailable => "Not now",
            _ => "That did not work",
        };
        return new Page("", title, page =>
        {
            page.Html.Element("p", sentence, ("class", "alarm"), ("role", "alert"));
            if (!isReading) page.Html.Element("p", "Nothing was changed. Go back to correct it.");
        })
        {
            Status = status,
        };
    }

    public static Task LogInAsync(HttpContext context)
    {
        var request = context.Request;
        string back = HttpMethods.IsGet(request.Method) ? $"?to={Uri.EscapeDataString($"{request.Path}{request.QueryString}")}" : "";
        return Dashboard.SeeOther($"/login{back}").ExecuteAsync(context);
    }
}
