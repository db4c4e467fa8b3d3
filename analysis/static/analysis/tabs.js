// Where the tabs are one line that is scrolled, the page's own tab is in sight.

const own = document.querySelector(".tabs [aria-current]");
const tabs = own?.closest(".tabs");
if (tabs && tabs.scrollWidth > tabs.clientWidth) {
  const middle = own.offsetLeft - tabs.offsetLeft + own.offsetWidth / 2;
  tabs.scrollLeft = middle - tabs.clientWidth / 2;
}
