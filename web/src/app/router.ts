import { createRouter, createWebHistory, type Router } from 'vue-router'
import NotesView from '@/features/notes/NotesView.vue'
import NotFoundView from './NotFoundView.vue'

export function createAppRouter(): Router {
  return createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: { name: 'notes' } },
      { path: '/notes/:id?', name: 'notes', component: NotesView },
      { path: '/people', name: 'people', component: () => import('@/features/people/PeopleView.vue') },
      { path: '/:rest(.*)*', name: 'not-found', component: NotFoundView },
    ],
  })
}
