using Microsoft.AspNetCore.Http;

namespace Kindred.Server;

/// <summary>HEAD is answered as GET is, without the body (RFC 9110, 9.3.2), which Kestrel leaves out by itself.</summary>
internal static class HeadRequests
{
    /// <summary>Before the routes are looked up.</summary>
    public static async Task AsGet(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await next(context);
            return;
        }
        context.Request.Method = HttpMethods.Get;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Method = HttpMethods.Head; // for sentences and the log
        }
    }
}
